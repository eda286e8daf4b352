import type { IExecuteFunctions, INodeExecutionData, INodeType, INodeTypeDescription } from 'n8n-workflow';
import { NodeApiError, NodeConnectionTypes, NodeOperationError } from 'n8n-workflow';

import { properties } from './fields';
import { operations } from './operations';

export class Otto implements INodeType {
  description: INodeTypeDescription = {
    displayName: 'Otto',
    name: 'otto',
    icon: { light: 'file:../../icons/otto.svg', dark: 'file:../../icons/otto.dark.svg' },
    group: ['output'],
    version: 1,
    subtitle: '={{ $parameter["operation"] + ": " + $parameter["resource"] }}',
    description: "Phone a campaign's contacts with an AI voice",
    defaults: { name: 'Otto' },
    usableAsTool: true,
    inputs: [NodeConnectionTypes.Main],
    outputs: [NodeConnectionTypes.Main],
    credentials: [{ name: 'ottoApi', required: true }],
    properties,
  };

  async execute(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
    const items = this.getInputData();
    const output: INodeExecutionData[] = [];
    for (let itemIndex = 0; itemIndex < items.length; itemIndex++) {
      const resource = this.getNodeParameter('resource', itemIndex) as string;
      const operation = this.getNodeParameter('operation', itemIndex) as string;
      // All items together are the contacts of one campaign.
      const together =
        ['start', 'preview'].includes(operation) && this.getNodeParameter('source', itemIndex) === 'items';
      const pairedItem = together ? items.map((_, item) => ({ item })) : { item: itemIndex };
      try {
        const answer = await operations[`${resource}.${operation}`](this, itemIndex);
        for (const json of Array.isArray(answer) ? answer : [answer]) output.push({ json, pairedItem });
      } catch (error) {
        const known = error instanceof NodeApiError || error instanceof NodeOperationError;
        const failure = known ? error : new NodeOperationError(this.getNode(), error as Error, { itemIndex });
        if (!this.continueOnFail()) throw failure;
        output.push({
          json: { error: failure.message, description: failure.description ?? '' },
          error: failure,
          pairedItem,
        });
      }
      if (together) break;
    }
    return [output];
  }
}
