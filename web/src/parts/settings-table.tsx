import { Accordion, Anchor, Code, Table } from "@mantine/core";
import type { CampaignDetail, Settings } from "../api/types";
import { words } from "../lib/format";
import { WideTable } from "./wide-table";

/** callDuringHours → "Call during hours". */
function label(name: string): string {
  return words(name.replaceAll(/([A-Z])/g, "_$1"));
}

function shown(value: unknown): string {
  if (typeof value === "object" && value !== null) return JSON.stringify(value);
  if (typeof value === "boolean") return value ? "yes" : "no";
  return String(value);
}

export function SettingsTable({ settings, sheet }: { settings: Settings; sheet: CampaignDetail["sheet"] }) {
  return (
    <Accordion variant="contained">
      <Accordion.Item value="settings">
        <Accordion.Control>Settings of this campaign</Accordion.Control>
        <Accordion.Panel>
          <WideTable width={300}>
            <Table>
              <Table.Tbody>
                {sheet ? (
                  <Table.Tr>
                    <Table.Th scope="row">Sheet</Table.Th>
                    <Table.Td>
                      <Anchor href={sheet.url ?? undefined} target="_blank" rel="noreferrer">
                        {sheet.tab ?? sheet.id}
                      </Anchor>
                    </Table.Td>
                  </Table.Tr>
                ) : null}
                {Object.entries(settings).map(([name, value]) => (
                  <Table.Tr key={name}>
                    <Table.Th scope="row">{label(name)}</Table.Th>
                    <Table.Td className="breakable">
                      {typeof value === "object" ? <Code>{shown(value)}</Code> : shown(value)}
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </WideTable>
        </Accordion.Panel>
      </Accordion.Item>
    </Accordion>
  );
}
