import type { IDataObject, IExecuteFunctions, INodeProperties } from 'n8n-workflow';
import { NodeOperationError } from 'n8n-workflow';

/** A campaign's settings as people fill them in; what is not shown here goes into "Further Settings". */
export const settingsField: INodeProperties = {
  displayName: 'Settings',
  name: 'settings',
  type: 'collection',
  placeholder: 'Add setting',
  default: {},
  options: [
    {
      displayName: 'Agent ID',
      name: 'agentId',
      type: 'string',
      default: '',
      description: "The ElevenLabs agent that speaks, instead of Otto's default",
    },
    {
      displayName: 'Attempts Per Contact',
      name: 'maxAttemptsPerContact',
      type: 'number',
      typeOptions: { minValue: 1, maxValue: 10 },
      default: 1,
    },
    {
      displayName: 'Budget: Most Calls',
      name: 'budgetMaxCalls',
      type: 'number',
      typeOptions: { minValue: 1 },
      default: 100,
    },
    {
      displayName: 'Budget: Most Cost',
      name: 'budgetMaxCost',
      type: 'number',
      typeOptions: { minValue: 0 },
      default: 100,
      description: 'Never passed: each call reserves the most it can cost',
    },
    {
      displayName: 'Caller ID',
      name: 'callerId',
      type: 'string',
      default: '',
      placeholder: '+14155550100',
      description: "One of Otto's numbers",
    },
    {
      displayName: 'Calling Days',
      name: 'days',
      type: 'multiOptions',
      default: ['MON', 'TUE', 'WED', 'THU', 'FRI'],
      options: ['MON', 'TUE', 'WED', 'THU', 'FRI', 'SAT', 'SUN'].map((day) => ({ name: day, value: day })),
      description: 'Only with calling hours',
    },
    {
      displayName: 'Calling Hours: From',
      name: 'hoursStart',
      type: 'string',
      default: '09:00',
      placeholder: '09:00',
      description: "Without hours of its own a campaign calls from 08:00 to 21:00 in the contact's time zone",
    },
    {
      displayName: 'Calling Hours: Time Zone',
      name: 'timezone',
      type: 'string',
      default: 'contact',
      description: 'An IANA name such as America/New_York, or "contact": the zone of each contact\'s number',
    },
    { displayName: 'Calling Hours: To', name: 'hoursEnd', type: 'string', default: '18:00', placeholder: '18:00' },
    {
      displayName: 'Calls at Once',
      name: 'maxConcurrentCalls',
      type: 'number',
      typeOptions: { minValue: 1 },
      default: 10,
    },
    {
      displayName: 'Delay Between Calls',
      name: 'delayBetweenCalls',
      type: 'number',
      typeOptions: { minValue: 0, maxValue: 3600 },
      default: 30,
      description: 'In seconds',
    },
    {
      displayName: 'Follow the Sheet',
      name: 'followSheet',
      type: 'boolean',
      default: false,
      description: 'Whether rows that people add while the campaign runs are called too',
    },
    {
      displayName: 'Further Settings (JSON)',
      name: 'further',
      type: 'json',
      default: '{}',
      description: "Any setting of Otto's API by its own name; it wins over the ones above",
    },
    {
      displayName: 'Legal Hours',
      name: 'legalHours',
      type: 'boolean',
      default: true,
      description: "Whether the federal and the states' calling hours hold as well",
    },
    {
      displayName: 'Longest Call',
      name: 'maxCallDuration',
      type: 'number',
      typeOptions: { minValue: 1 },
      default: 600,
      description: 'In seconds',
    },
    {
      displayName: 'Opt-Out Key',
      name: 'optOutKey',
      type: 'string',
      default: '9',
      description: 'The key with which the callee is never called again',
    },
    {
      displayName: 'Record Calls',
      name: 'recordCalls',
      type: 'boolean',
      default: true,
      description: 'Whether calls are recorded',
    },
    {
      displayName: 'Retry Delay',
      name: 'retryDelay',
      type: 'number',
      typeOptions: { minValue: 0 },
      default: 3600,
      description: 'In seconds',
    },
    {
      displayName: 'Tool Webhook URL',
      name: 'toolWebhookUrl',
      type: 'string',
      default: '',
      description: "A workflow's URL that answers the agent's own tools",
    },
    {
      displayName: 'Voicemail',
      name: 'voicemailAction',
      type: 'options',
      default: 'hangup',
      options: [
        { name: 'Hang Up', value: 'hangup' },
        { name: 'Leave the Message', value: 'message' },
        { name: 'Let the Agent Speak', value: 'agent' },
      ],
      description: 'What happens when a machine answers',
    },
    {
      displayName: 'Voicemail Message',
      name: 'voicemailMessage',
      type: 'string',
      typeOptions: { rows: 2 },
      default: '',
      description: 'May hold {{customerName}} and the other variables',
    },
    {
      displayName: 'Voicemail Voice',
      name: 'voicemailVoice',
      type: 'options',
      default: 'line',
      options: [
        { name: "The Agent's", value: 'agent' },
        { name: "The Line's", value: 'line' },
      ],
    },
  ],
};

/** A JSON field's object: typed in as text, or given as an object by an expression. */
export function jsonObject(context: IExecuteFunctions, value: unknown, field: string, itemIndex: number): IDataObject {
  let parsed = value;
  if (typeof value === 'string') {
    try {
      parsed = JSON.parse(value === '' ? '{}' : value);
    } catch {
      throw new NodeOperationError(context.getNode(), `${field} is not valid JSON`, { itemIndex });
    }
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
    throw new NodeOperationError(context.getNode(), `${field} is not a JSON object`, { itemIndex });
  }
  return parsed as IDataObject;
}

/** The fields above as the API writes them; only what was filled in. */
export function settings(context: IExecuteFunctions, itemIndex: number): IDataObject {
  const {
    hoursStart,
    hoursEnd,
    timezone,
    days,
    voicemailAction,
    voicemailMessage,
    voicemailVoice,
    budgetMaxCalls,
    budgetMaxCost,
    further,
    ...plain
  } = context.getNodeParameter('settings', itemIndex, {}) as IDataObject;
  const result: IDataObject = { ...plain };
  const of = (fields: IDataObject) =>
    Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== ''));
  const hours = of({ start: hoursStart, end: hoursEnd, timezone, days });
  if (Object.keys(hours).length > 0) {
    if (hours.start === undefined || hours.end === undefined) {
      throw new NodeOperationError(context.getNode(), 'Calling hours need both "From" and "To"', { itemIndex });
    }
    result.callDuringHours = hours;
  }
  const voicemail = of({ action: voicemailAction, message: voicemailMessage, voice: voicemailVoice });
  if (Object.keys(voicemail).length > 0)
    result.voicemail = { action: voicemailMessage ? 'message' : 'hangup', ...voicemail };
  const budget = of({ maxCalls: budgetMaxCalls, maxCost: budgetMaxCost });
  if (Object.keys(budget).length > 0) result.budget = budget;
  return { ...result, ...jsonObject(context, further ?? {}, 'Further Settings', itemIndex) };
}
