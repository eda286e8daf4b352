import type { IDataObject, IExecuteFunctions } from 'n8n-workflow';
import { NodeOperationError, sleep } from 'n8n-workflow';

import { ask, askAll, passing } from './request';
import { jsonObject, settings } from './settings';

type Run = (context: IExecuteFunctions, itemIndex: number) => Promise<IDataObject | IDataObject[]>;

const text = (context: IExecuteFunctions, name: string, itemIndex: number, fallback = '') =>
  String(context.getNodeParameter(name, itemIndex, fallback) ?? '').trim();

function idOf(context: IExecuteFunctions, name: string, what: string, itemIndex: number): string {
  const id = text(context, name, itemIndex);
  if (id === '') throw new NodeOperationError(context.getNode(), `${what} is empty`, { itemIndex });
  return encodeURIComponent(id);
}
const campaignId = (context: IExecuteFunctions, itemIndex: number) =>
  idOf(context, 'campaignId', 'Campaign ID', itemIndex);

/** Where a campaign's contacts are: the fields of the trigger and of the preview that say so. */
function contacts(context: IExecuteFunctions, itemIndex: number): IDataObject {
  const source = context.getNodeParameter('source', itemIndex) as string;
  if (source === 'sheet') {
    const sheet: IDataObject = {};
    const id = text(context, 'googleSheetId', itemIndex);
    const tab = text(context, 'sheetName', itemIndex);
    if (id !== '') sheet.googleSheetId = id;
    if (tab !== '') sheet.sheetName = tab;
    return sheet;
  }
  if (source === 'items') return { contacts: context.getInputData().map(({ json }) => json) };
  if (source === 'csv') return { contactsCsv: context.getNodeParameter('contactsCsv', itemIndex) as string };
  const given = context.getNodeParameter('contactsJson', itemIndex);
  const list: unknown = jsonObject(
    context,
    typeof given === 'string' ? `{"contacts":${given}}` : { contacts: given },
    'Contacts',
    itemIndex,
  ).contacts;
  if (!Array.isArray(list))
    throw new NodeOperationError(context.getNode(), 'Contacts is not a JSON array', { itemIndex });
  return { contacts: list };
}

/** The same for every retry of this step of this execution, and different for everything else. */
function idempotencyKey(context: IExecuteFunctions, itemIndex: number): string | undefined {
  const chosen = text(context, 'idempotencyKey', itemIndex);
  if (chosen !== '') return chosen;
  const execution = context.getExecutionId();
  if (!execution) return undefined;
  const run = String(context.evaluateExpression('{{ $runIndex }}', itemIndex));
  return ['n8n', context.getWorkflow().id ?? '', execution, context.getNode().id, run, String(itemIndex)].join('-');
}

const start: Run = async (context, itemIndex) => {
  const { callbackUrl, eventsUrl, scheduledTime, dealershipId, testPhone } = context.getNodeParameter(
    'options',
    itemIndex,
    {},
  ) as IDataObject;
  const body: IDataObject = {
    campaignName: text(context, 'campaignName', itemIndex),
    campaignType: context.getNodeParameter('campaignType', itemIndex),
    ...contacts(context, itemIndex),
    settings: settings(context, itemIndex),
  };
  for (const [name, value] of Object.entries({ callbackUrl, eventsUrl, scheduledTime, dealershipId, testPhone })) {
    if (value !== undefined && value !== '') body[name] = value;
  }
  const key = idempotencyKey(context, itemIndex);
  const headers: IDataObject = key === undefined ? {} : { 'Idempotency-Key': key };
  return await ask(context, itemIndex, { method: 'POST', path: '/api/n8n/trigger-outbound-campaign', body, headers });
};

const results = async (context: IExecuteFunctions, itemIndex: number, limit: number) =>
  await ask(context, itemIndex, {
    method: 'GET',
    path: `/api/n8n/campaign-results/${campaignId(context, itemIndex)}`,
    qs: { limit: Math.min(limit, 500) },
  });

const getResults: Run = async (context, itemIndex) => {
  const all = context.getNodeParameter('returnAll', itemIndex) as boolean;
  const limit = all ? 500 : (context.getNodeParameter('limit', itemIndex) as number);
  const first = await results(context, itemIndex, limit);
  if (!all) return first;
  const calls = first.calls as IDataObject[];
  for (let cursor = first.nextCursor; typeof cursor === 'string'; ) {
    const path = `/api/n8n/campaign-results/${campaignId(context, itemIndex)}`;
    const page = await ask(context, itemIndex, { method: 'GET', path, qs: { limit: 500, cursor } });
    calls.push(...(page.calls as IDataObject[]));
    cursor = page.nextCursor;
  }
  return { ...first, calls, nextCursor: null, next: null };
};

const patience = 10 * 60_000; // ms that Otto may be away while a campaign's end is waited for

const waitForEnd: Run = async (context, itemIndex) => {
  const interval = Math.max(1, context.getNodeParameter('pollInterval', itemIndex) as number) * 1000;
  const most = (context.getNodeParameter('timeout', itemIndex) as number) * 60_000;
  const began = Date.now();
  let lastAnswer = began;
  for (;;) {
    let now: IDataObject | undefined;
    let failure: unknown;
    try {
      now = await results(context, itemIndex, 0);
      lastAnswer = Date.now();
    } catch (error) {
      failure = error;
    }
    if (now === undefined && (!passing(failure) || Date.now() - lastAnswer > patience)) throw failure;
    if (now !== undefined && ['COMPLETED', 'STOPPED', 'FAILED'].includes(String(now.status))) {
      if (now.status === 'FAILED' && (context.getNodeParameter('failOnFailure', itemIndex) as boolean)) {
        throw new NodeOperationError(context.getNode(), `The campaign "${String(now.name)}" has failed`, {
          description: String(now.failureReason ?? ''),
          itemIndex,
        });
      }
      return await results(context, itemIndex, 500);
    }
    if (most > 0 && Date.now() - began + interval > most) {
      throw new NodeOperationError(context.getNode(), 'The campaign has not ended in time', {
        description:
          'It goes on. Raise the timeout of this node, or start the campaign with a Callback URL and use a Wait node.',
        itemIndex,
      });
    }
    for (let waited = 0; waited < interval; waited += 1000) {
      if (context.getExecutionCancelSignal()?.aborted) {
        throw new NodeOperationError(context.getNode(), 'The workflow was stopped; the campaign goes on', {
          itemIndex,
        });
      }
      await sleep(Math.min(1000, interval - waited));
    }
  }
};

/** An operation that is one POST to a campaign. */
const steer =
  (
    path: (id: string) => string,
    body: (context: IExecuteFunctions, itemIndex: number) => IDataObject = () => ({}),
  ): Run =>
  async (context, itemIndex) =>
    await ask(context, itemIndex, {
      method: 'POST',
      path: path(campaignId(context, itemIndex)),
      body: body(context, itemIndex),
    });

/** An operation that is one GET. */
const get =
  (path: (context: IExecuteFunctions, itemIndex: number) => string): Run =>
  async (context, itemIndex) =>
    await ask(context, itemIndex, { method: 'GET', path: path(context, itemIndex) });

/** An operation that is a list. */
const list =
  (key: string, path: (context: IExecuteFunctions, itemIndex: number) => string): Run =>
  async (context, itemIndex) => {
    const limit = (context.getNodeParameter('returnAll', itemIndex) as boolean)
      ? 0
      : (context.getNodeParameter('limit', itemIndex) as number);
    const filters = Object.entries(context.getNodeParameter('filters', itemIndex, {}) as IDataObject).filter(
      ([, value]) => value !== '' && value !== false,
    );
    return await askAll(context, itemIndex, path(context, itemIndex), key, Object.fromEntries(filters), limit);
  };

/** `resource.operation` to what it does. */
export const operations: Record<string, Run> = {
  'campaign.start': start,
  'campaign.get': get((context, i) => `/api/campaigns/${campaignId(context, i)}`),
  'campaign.getAll': list('campaigns', () => '/api/campaigns'),
  'campaign.getResults': getResults,
  'campaign.waitForEnd': waitForEnd,
  'campaign.pause': steer(
    (id) => `/api/campaigns/${id}/pause`,
    (context, i) => (text(context, 'reason', i) === '' ? {} : { reason: text(context, 'reason', i) }),
  ),
  'campaign.resume': steer((id) => `/api/campaigns/${id}/resume`),
  'campaign.stop': steer(
    (id) => `/api/n8n/stop-campaign/${id}`,
    (context, i) => ({ hangupActiveCalls: context.getNodeParameter('hangupActiveCalls', i) as boolean }),
  ),
  'campaign.testCall': steer(
    (id) => `/api/campaigns/${id}/test`,
    (context, i) => ({ phone: text(context, 'phone', i) }),
  ),
  'campaign.update': async (context, i) =>
    await ask(context, i, {
      method: 'PATCH',
      path: `/api/campaigns/${campaignId(context, i)}`,
      body: { settings: settings(context, i) },
    }),
  'campaign.explain': get((context, i) => `/api/campaigns/${campaignId(context, i)}/why`),
  'contact.getAll': list('contacts', (context, i) => `/api/campaigns/${campaignId(context, i)}/contacts`),
  'contact.preview': async (context, i) =>
    await ask(context, i, {
      method: 'POST',
      path: '/api/contacts/preview',
      body: { ...contacts(context, i), settings: settings(context, i) },
    }),
  'contact.explain': get(
    (context, i) => `/api/campaigns/${campaignId(context, i)}/contacts/${idOf(context, 'phone', 'Phone', i)}/why`,
  ),
  'call.get': get((context, i) => `/api/calls/${idOf(context, 'callId', 'Call ID', i)}`),
  'call.getAll': list('calls', () => '/api/calls'),
  'call.hangUp': async (context, i) =>
    await ask(context, i, { method: 'POST', path: `/api/calls/${idOf(context, 'callId', 'Call ID', i)}/hang-up` }),
  'doNotCall.add': async (context, i) => {
    const body: IDataObject = { phone: text(context, 'phone', i) };
    const reason = text(context, 'reason', i);
    if (reason !== '') body.reason = reason;
    return await ask(context, i, { method: 'POST', path: '/api/do-not-call', body });
  },
  'doNotCall.getAll': list('entries', () => '/api/do-not-call'),
  'doNotCall.remove': async (context, i) =>
    await ask(context, i, { method: 'DELETE', path: `/api/do-not-call/${idOf(context, 'phone', 'Phone', i)}` }),
  'service.getStatus': get(() => '/api/n8n/otto-status'),
};
