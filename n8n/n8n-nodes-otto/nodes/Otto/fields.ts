import type { INodeProperties, INodePropertyOptions } from 'n8n-workflow';

import { settingsField } from './settings';

const on = (resource: string, ...operation: string[]) => ({ show: { resource: [resource], operation } });

const operation = (resource: string, fallback: string, options: INodePropertyOptions[]): INodeProperties => ({
  displayName: 'Operation',
  name: 'operation',
  type: 'options',
  noDataExpression: true,
  displayOptions: { show: { resource: [resource] } },
  options,
  default: fallback,
});

const listFields = (resource: string, ...names: string[]): INodeProperties[] => [
  {
    displayName: 'Return All',
    name: 'returnAll',
    type: 'boolean',
    default: false,
    description: 'Whether to return all results or only up to a given limit',
    displayOptions: on(resource, ...names),
  },
  {
    displayName: 'Limit',
    name: 'limit',
    type: 'number',
    typeOptions: { minValue: 1 },
    default: 50,
    description: 'Max number of results to return',
    displayOptions: { show: { resource: [resource], operation: names, returnAll: [false] } },
  },
];

const status: INodeProperties = {
  displayName: 'Status',
  name: 'status',
  type: 'options',
  default: 'RUNNING',
  options: ['COMPLETED', 'FAILED', 'PENDING', 'RUNNING', 'STOPPED'].map((value) => ({ name: value, value })),
};
const outcome: INodeProperties = {
  displayName: 'Outcome',
  name: 'outcome',
  type: 'options',
  default: 'HUMAN_ANSWERED',
  options: ['BUSY', 'FAILED', 'HUMAN_ANSWERED', 'NO_ANSWER', 'VOICEMAIL'].map((value) => ({ name: value, value })),
};
const search: INodeProperties = {
  displayName: 'Search',
  name: 'q',
  type: 'string',
  default: '',
  description: 'Part of the name, whatever its case',
};

const filters = (resource: string, options: INodeProperties[]): INodeProperties => ({
  displayName: 'Filters',
  name: 'filters',
  type: 'collection',
  placeholder: 'Add filter',
  default: {},
  displayOptions: on(resource, 'getAll'),
  options,
});

const sourceShown = (source: string) => ({
  show: { resource: ['campaign', 'contact'], operation: ['start', 'preview'], source: [source] },
});

const contactsFields: INodeProperties[] = [
  {
    displayName: 'Contacts From',
    name: 'source',
    type: 'options',
    default: 'sheet',
    displayOptions: { show: { resource: ['campaign', 'contact'], operation: ['start', 'preview'] } },
    options: [
      { name: 'CSV', value: 'csv', description: "A CSV file's text" },
      {
        name: 'Google Sheet',
        value: 'sheet',
        description: 'Otto reads the sheet itself, and writes back how calls went',
      },
      {
        name: 'Input Items',
        value: 'items',
        description: 'All items that reach this node are the contacts of one campaign',
      },
      { name: 'JSON', value: 'json', description: 'A list of contacts' },
    ],
  },
  {
    displayName: 'Google Sheet',
    name: 'googleSheetId',
    type: 'string',
    default: '',
    placeholder: 'https://docs.google.com/spreadsheets/d/…/edit#gid=0',
    description: "The sheet's address in the browser, or its ID. Empty: GOOGLE_SHEETS_CAMPAIGN_ID of Otto's settings.",
    displayOptions: sourceShown('sheet'),
  },
  {
    displayName: 'Tab',
    name: 'sheetName',
    type: 'string',
    default: '',
    placeholder: 'Outbound Campaigns',
    displayOptions: sourceShown('sheet'),
  },
  {
    displayName: 'CSV',
    name: 'contactsCsv',
    type: 'string',
    typeOptions: { rows: 4 },
    default: '',
    placeholder: 'Name,Phone\nMaria Alvarez,+14155550101',
    displayOptions: sourceShown('csv'),
  },
  {
    displayName: 'Contacts',
    name: 'contactsJson',
    type: 'json',
    default: '[\n  { "name": "Maria Alvarez", "phone": "+14155550101" }\n]',
    description: "Each with name and phone, perhaps email; further keys become the conversation's variables",
    displayOptions: sourceShown('json'),
  },
];

const campaignFields: INodeProperties[] = [
  operation('campaign', 'start', [
    {
      name: 'Explain',
      value: 'explain',
      action: 'Explain what a campaign waits for',
      description: 'What it waits for and which rules have held contacts back',
    },
    {
      name: 'Get',
      value: 'get',
      action: 'Get a campaign',
      description: 'One campaign with settings, outcomes and cost',
    },
    { name: 'Get Many', value: 'getAll', action: 'Get many campaigns' },
    {
      name: 'Get Results',
      value: 'getResults',
      action: 'Get the results of a campaign',
      description: 'Progress, outcomes and calls',
    },
    { name: 'Pause', value: 'pause', action: 'Pause a campaign' },
    { name: 'Resume', value: 'resume', action: 'Resume a campaign' },
    { name: 'Start', value: 'start', action: 'Start a campaign' },
    { name: 'Stop', value: 'stop', action: 'Stop a campaign', description: 'Dial nobody further' },
    { name: 'Test Call', value: 'testCall', action: 'Call one number with the settings of a campaign' },
    { name: 'Update', value: 'update', action: 'Update the settings of a campaign', description: 'Also while it runs' },
    {
      name: 'Wait for End',
      value: 'waitForEnd',
      action: 'Wait for the end of a campaign',
      description: 'Goes on when it has ended, with its results',
    },
  ]),
  {
    displayName: 'Campaign ID',
    name: 'campaignId',
    type: 'string',
    required: true,
    default: '={{ $json.campaignId }}',
    displayOptions: {
      show: {
        resource: ['campaign'],
        operation: ['explain', 'get', 'getResults', 'pause', 'resume', 'stop', 'testCall', 'update', 'waitForEnd'],
      },
    },
  },
  {
    displayName: 'Campaign Name',
    name: 'campaignName',
    type: 'string',
    required: true,
    default: '',
    placeholder: 'Service reminders of December',
    displayOptions: on('campaign', 'start'),
  },
  {
    displayName: 'Campaign Type',
    name: 'campaignType',
    type: 'options',
    default: 'GENERAL',
    options: [
      { name: 'Appointment Reminder', value: 'APPOINTMENT_REMINDER' },
      { name: 'Customer Satisfaction', value: 'CUSTOMER_SATISFACTION' },
      { name: 'General', value: 'GENERAL' },
      { name: 'Payment Reminder', value: 'PAYMENT_REMINDER' },
      { name: 'Sales Outreach', value: 'SALES_OUTREACH' },
      { name: 'Service Follow-Up', value: 'SERVICE_FOLLOWUP' },
    ],
    displayOptions: on('campaign', 'start'),
  },
  {
    displayName: 'Poll Interval',
    name: 'pollInterval',
    type: 'number',
    typeOptions: { minValue: 1 },
    default: 15,
    description: 'Seconds between two looks at the campaign',
    displayOptions: on('campaign', 'waitForEnd'),
  },
  {
    displayName: 'Timeout',
    name: 'timeout',
    type: 'number',
    typeOptions: { minValue: 0 },
    default: 720,
    description:
      'Minutes after which this node fails; 0: never. For campaigns of days a Wait node with a Callback URL is better: it survives a restart of n8n.',
    displayOptions: on('campaign', 'waitForEnd'),
  },
  {
    displayName: 'Fail When the Campaign Fails',
    name: 'failOnFailure',
    type: 'boolean',
    default: true,
    description: 'Whether this node fails with the reason when the status is FAILED',
    displayOptions: on('campaign', 'waitForEnd'),
  },
  {
    displayName: 'Hang Up Live Calls',
    name: 'hangupActiveCalls',
    type: 'boolean',
    default: false,
    description: 'Whether calls under way are ended too',
    displayOptions: on('campaign', 'stop'),
  },
  { displayName: 'Reason', name: 'reason', type: 'string', default: '', displayOptions: on('campaign', 'pause') },
  {
    displayName: 'Phone',
    name: 'phone',
    type: 'string',
    required: true,
    default: '',
    placeholder: '+14155550101',
    displayOptions: on('campaign', 'testCall'),
  },
  ...listFields('campaign', 'getAll', 'getResults'),
  filters('campaign', [search, status]),
];

const startOptions: INodeProperties[] = [
  {
    displayName: 'Options',
    name: 'options',
    type: 'collection',
    placeholder: 'Add option',
    default: {},
    displayOptions: on('campaign', 'start'),
    options: [
      {
        displayName: 'Callback URL',
        name: 'callbackUrl',
        type: 'string',
        default: '={{ $execution.resumeUrl }}',
        description:
          'Told once, when the campaign has ended. The default resumes a Wait node (On Webhook Call, POST) behind this one.',
      },
      { displayName: 'Dealership ID', name: 'dealershipId', type: 'string', default: '' },
      {
        displayName: 'Events URL',
        name: 'eventsUrl',
        type: 'string',
        default: '',
        description: 'Told of everything that happens: the production URL of an Otto Trigger',
      },
      {
        displayName: 'Scheduled Time',
        name: 'scheduledTime',
        type: 'string',
        default: '',
        placeholder: '2026-12-02T09:00:00-05:00',
        description: 'When to begin, with the offset from UTC',
      },
      {
        displayName: 'Test Phone',
        name: 'testPhone',
        type: 'string',
        default: '',
        description: 'This number is called first; the campaign is held until it is resumed',
      },
    ],
  },
  {
    displayName: 'Idempotency Key',
    name: 'idempotencyKey',
    type: 'string',
    default: '',
    description:
      'A repeat with the same key starts nothing anew. Empty: one per execution, so that "Retry On Fail" is safe.',
    displayOptions: on('campaign', 'start'),
  },
];

const contactFields: INodeProperties[] = [
  operation('contact', 'preview', [
    { name: 'Explain', value: 'explain', action: 'Explain why a contact is called or not' },
    { name: 'Get Many', value: 'getAll', action: 'Get many contacts of a campaign' },
    {
      name: 'Preview',
      value: 'preview',
      action: 'Preview which contacts would be called',
      description: 'Which rows would be called, which not, and why; calls nobody',
    },
  ]),
  {
    displayName: 'Campaign ID',
    name: 'campaignId',
    type: 'string',
    required: true,
    default: '={{ $json.campaignId }}',
    displayOptions: on('contact', 'explain', 'getAll'),
  },
  {
    displayName: 'Phone',
    name: 'phone',
    type: 'string',
    required: true,
    default: '',
    placeholder: '+14155550101',
    displayOptions: on('contact', 'explain'),
  },
  ...listFields('contact', 'getAll'),
  filters('contact', [
    outcome,
    search,
    {
      displayName: 'State',
      name: 'state',
      type: 'options',
      default: 'due',
      options: [
        { name: 'Completed', value: 'completed' },
        { name: 'Due', value: 'due' },
        { name: 'Failed', value: 'failed' },
        { name: 'Under Way', value: 'open' },
      ],
    },
  ]),
];

const callFields: INodeProperties[] = [
  operation('call', 'get', [
    { name: 'Get', value: 'get', action: 'Get a call', description: 'What happened, what was said, cost' },
    { name: 'Get Many', value: 'getAll', action: 'Get many calls' },
    { name: 'Hang Up', value: 'hangUp', action: 'Hang up a call' },
  ]),
  {
    displayName: 'Call ID',
    name: 'callId',
    type: 'string',
    required: true,
    default: '={{ $json.callSid }}',
    description: "Otto's ID or Twilio's CallSid",
    displayOptions: on('call', 'get', 'hangUp'),
  },
  ...listFields('call', 'getAll'),
  filters('call', [
    { displayName: 'Campaign ID', name: 'campaignId', type: 'string', default: '' },
    {
      displayName: 'Live Only',
      name: 'live',
      type: 'boolean',
      default: true,
      description: 'Whether to return only calls under way',
    },
  ]),
];

const doNotCallFields: INodeProperties[] = [
  operation('doNotCall', 'add', [
    { name: 'Add', value: 'add', action: 'Never call a number again' },
    { name: 'Get Many', value: 'getAll', action: 'Get many numbers that are never called' },
    { name: 'Remove', value: 'remove', action: 'Remove a number from the do not call list' },
  ]),
  {
    displayName: 'Phone',
    name: 'phone',
    type: 'string',
    required: true,
    default: '',
    placeholder: '+14155550101',
    displayOptions: on('doNotCall', 'add', 'remove'),
  },
  { displayName: 'Reason', name: 'reason', type: 'string', default: '', displayOptions: on('doNotCall', 'add') },
  ...listFields('doNotCall', 'getAll'),
];

export const properties: INodeProperties[] = [
  {
    displayName: 'Resource',
    name: 'resource',
    type: 'options',
    noDataExpression: true,
    default: 'campaign',
    options: [
      { name: 'Call', value: 'call' },
      { name: 'Campaign', value: 'campaign' },
      { name: 'Contact', value: 'contact' },
      { name: 'Do Not Call', value: 'doNotCall' },
      { name: 'Service', value: 'service' },
    ],
  },
  ...campaignFields,
  ...contactFields,
  ...contactsFields,
  {
    ...settingsField,
    displayOptions: { show: { resource: ['campaign', 'contact'], operation: ['start', 'update', 'preview'] } },
  },
  ...startOptions,
  ...callFields,
  ...doNotCallFields,
  operation('service', 'getStatus', [
    { name: 'Get Status', value: 'getStatus', action: 'Get whether Otto and its services work' },
  ]),
];
