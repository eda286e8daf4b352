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
    subtitle: '={{ $parameter["events"].length ? $parameter["events"].join(", ") : "all events" }}',
    description: 'Starts the workflow when something happens to a campaign or a call',
    defaults: { name: 'Otto Trigger' },
    inputs: [],
    outputs: [NodeConnectionTypes.Main],
    credentials: [{ name: 'ottoApi', required: true }],
    webhooks: [{ name: 'default', httpMethod: 'POST', responseMode: 'onReceived', path: 'otto-events', rawBody: true }],
    usableAsTool: undefined,
    properties: [
      {
        displayName:
          'Give the production URL above to campaigns as their Events URL: in the Otto node under Start → Options, or as eventsUrl of the API. Otto must be allowed to reach it (OTTO_CALLBACK_HOSTS for private hosts).',
        name: 'notice',
        type: 'notice',
        default: '',
      },
      {
        displayName: 'Events',
        name: 'events',
        type: 'multiOptions',
        default: [],
        options: types.map((value) => ({ name: value, value })),
        description: 'Which events start the workflow; none chosen: all',
      },
      {
        displayName: 'Options',
        name: 'options',
        type: 'collection',
        placeholder: 'Add option',
        default: {},
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
    const json: IDataObject = { ...event, webhookId: id };
    return { ...taken, workflowData: [[{ json }]] };
  }
}
