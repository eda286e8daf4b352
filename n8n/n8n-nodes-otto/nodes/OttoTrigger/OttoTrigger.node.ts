import type {
  IDataObject,
  IHookFunctions,
  INodeType,
  INodeTypeDescription,
  IWebhookFunctions,
  IWebhookResponseData,
} from 'n8n-workflow';
import { NodeConnectionTypes } from 'n8n-workflow';

import { fault } from './signature';

const types = [
  'call.answered',
  'call.dialed',
  'call.ended',
  'call.updated',
  'campaign.completed',
  'campaign.failed',
  'campaign.paused',
  'campaign.resumed',
  'campaign.started',
  'campaign.stopped',
  'contact.do_not_call',
];
const remembered = 500; // ids of the last events, by which repeats are dropped

export class OttoTrigger implements INodeType {
  description: INodeTypeDescription = {
    displayName: 'Otto Trigger',
    name: 'ottoTrigger',
    icon: { light: 'file:../../icons/otto.svg', dark: 'file:../../icons/otto.dark.svg' },
    group: ['trigger'],
    version: 1,
    subtitle: '={{ $parameter["listenTo"] }}',
    description:
      'Starts the workflow when something happens to a campaign or a call, or when the agent asks for a tool',
    defaults: { name: 'Otto Trigger' },
    inputs: [],
    outputs: [NodeConnectionTypes.Main],
    credentials: [{ name: 'ottoApi', required: true }],
    webhooks: [
      {
        name: 'default',
        httpMethod: 'POST',
        // What the agent is told is what the workflow's last node says.
        responseMode: '={{ $parameter["listenTo"] === "tools" ? "lastNode" : "onReceived" }}',
        responseData: '={{ $parameter["listenTo"] === "tools" ? "firstEntryJson" : undefined }}',
        path: 'otto',
      },
    ],
    usableAsTool: undefined,
    properties: [
      {
        displayName: 'Listen To',
        name: 'listenTo',
        type: 'options',
        default: 'events',
        options: [
          {
            name: 'Agent Tool Calls',
            value: 'tools',
            description: 'The agent asks, the last node of the workflow answers',
          },
          { name: 'Events', value: 'events', description: 'What happens to campaigns and calls' },
        ],
      },
      {
        displayName:
          'Give the production URL above to campaigns as their Events URL: in the Otto node under Start → Options, or as eventsUrl of the API. Otto must be allowed to reach it (OTTO_CALLBACK_HOSTS for private hosts).',
        name: 'eventsNotice',
        type: 'notice',
        default: '',
        displayOptions: { show: { listenTo: ['events'] } },
      },
      {
        displayName:
          'Give the production URL above to campaigns as their Tool Webhook URL, and let the workflow end with the answer as JSON: it has 15 seconds. Otto must be allowed to reach it (OTTO_CALLBACK_HOSTS for private hosts).',
        name: 'toolsNotice',
        type: 'notice',
        default: '',
        displayOptions: { show: { listenTo: ['tools'] } },
      },
      {
        displayName: 'Events',
        name: 'events',
        type: 'multiOptions',
        default: [],
        options: types.map((value) => ({ name: value, value })),
        description: 'Which events start the workflow; none chosen: all',
        displayOptions: { show: { listenTo: ['events'] } },
      },
      {
        displayName: 'Options',
        name: 'options',
        type: 'collection',
        placeholder: 'Add option',
        default: {},
        displayOptions: { show: { listenTo: ['events'] } },
        options: [
          {
            displayName: 'Campaign ID',
            name: 'campaignId',
            type: 'string',
            default: '',
            description: 'Only events of this campaign',
          },
          {
            displayName: 'Drop Repeats',
            name: 'dropRepeats',
            type: 'boolean',
            default: true,
            description: 'Whether an event that has arrived before is answered, but starts nothing',
          },
        ],
      },
    ],
  };

  // Campaigns name the address themselves: there is nothing to register at Otto.
  webhookMethods = {
    default: {
      async checkExists(this: IHookFunctions): Promise<boolean> {
        return true;
      },
      async create(this: IHookFunctions): Promise<boolean> {
        return true;
      },
      async delete(this: IHookFunctions): Promise<boolean> {
        return true;
      },
    },
  };

  async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
    const request = this.getRequestObject();
    const response = this.getResponseObject();
    const header = (name: string) => (typeof request.headers[name] === 'string' ? request.headers[name] : undefined);
    const credentials = await this.getCredentials<{ apiKey: string; webhookSecret?: string }>('ottoApi');
    const id = header('webhook-id');
    const wrong = fault(
      {
        id,
        timestamp: header('webhook-timestamp'),
        signature: header('webhook-signature'),
        body: request.rawBody ?? '',
      },
      credentials,
    );
    if (wrong) {
      response.status(wrong.status).json({ message: wrong.message });
      return { noWebhookResponse: true };
    }

    const event = this.getBodyData();
    const json: IDataObject = { ...event, webhookId: id };
    const started: IWebhookResponseData = { workflowData: [[{ json }]] };
    if (this.getNodeParameter('listenTo') === 'tools') return started;

    const { campaignId = '', dropRepeats = true } = this.getNodeParameter('options', {}) as {
      campaignId?: string;
      dropRepeats?: boolean;
    };
    const wanted = this.getNodeParameter('events', []) as string[];
    const taken: IWebhookResponseData = { webhookResponse: { message: 'Taken' } };
    if (wanted.length > 0 && !wanted.includes(String(event.type))) return taken;
    if (campaignId !== '' && event.campaignId !== campaignId) return taken;
    if (dropRepeats) {
      const state = this.getWorkflowStaticData('node') as { seen?: string[] };
      const seen = state.seen ?? [];
      if (seen.includes(String(id))) return taken;
      state.seen = [...seen, String(id)].slice(-remembered);
    }
    return { ...taken, ...started };
  }
}
