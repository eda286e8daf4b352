import type {
  IAuthenticateGeneric,
  Icon,
  ICredentialTestRequest,
  ICredentialType,
  INodeProperties,
} from 'n8n-workflow';

export class OttoApi implements ICredentialType {
  name = 'ottoApi';
  displayName = 'Otto API';
  icon: Icon = { light: 'file:../icons/otto.svg', dark: 'file:../icons/otto.dark.svg' };
  documentationUrl = 'https://www.npmjs.com/package/n8n-nodes-otto#credentials';

  properties: INodeProperties[] = [
    {
      displayName: 'Base URL',
      name: 'baseUrl',
      type: 'string',
      default: '',
      required: true,
      placeholder: 'https://otto.example.com',
      description: "Where n8n reaches Otto: BASE_URL of Otto's settings, or an address inside your network",
    },
    {
      displayName: 'API Key',
      name: 'apiKey',
      type: 'string',
      typeOptions: { password: true },
      default: '',
      required: true,
      description: "One of the keys in N8N_API_KEY of Otto's settings",
    },
    {
      displayName: 'Webhook Secret',
      name: 'webhookSecret',
      type: 'string',
      typeOptions: { password: true },
      default: '',
      description:
        "OTTO_WEBHOOK_SECRET of Otto's settings, which the Otto Trigger checks signatures with. Leave it empty when Otto has none: it is then derived from the first key in N8N_API_KEY, which must be the API key above.",
    },
  ];

  authenticate: IAuthenticateGeneric = {
    type: 'generic',
    properties: { headers: { 'X-API-Key': '={{$credentials.apiKey}}' } },
  };

  // Answers without asking any provider, and with 401 to a wrong key.
  test: ICredentialTestRequest = {
    request: { baseURL: '={{$credentials.baseUrl.replace(/\\/+$/, "")}}', url: '/api/campaigns', qs: { limit: 1 } },
  };
}
