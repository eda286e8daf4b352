import { Anchor, Select, Table, Text } from "@mantine/core";
import { useState } from "react";
import { Link } from "wouter";
import { answer, api } from "../api/client";
import type { AuditEntry } from "../api/types";
import { Pages, usePages } from "../parts/pages";
import { PageHead } from "../parts/shell";
import { dateTime } from "../lib/format";
import { WideTable } from "../parts/wide-table";

const groups = [
  { value: "campaign.", label: "Campaigns" },
  { value: "call.", label: "Calls: listened to, hung up" },
  { value: "recording.", label: "Recordings" },
  { value: "contacts.", label: "Exports" },
  { value: "do_not_call.", label: "Do not call" },
  { value: "webhooks.", label: "Webhooks" },
  { value: "session.", label: "Sign-ins" },
];

/** Who did what, when, to what. */
export function Audit() {
  const [group, setGroup] = useState<string | null>(null);
  const list = usePages(["audit", group], (next) =>
    answer(
      api.GET("/api/audit", {
        params: {
          query: { limit: 100, ...(group ? { action: group } : {}), ...next },
        },
      }),
    ),
  );
  const entries = list.data?.pages.flatMap((page) => page.entries) ?? [];
  return (
    <>
      <PageHead title="Who did what" aside={<Text size="sm">Newest first; telephone numbers are masked.</Text>}>
        <Select placeholder="Everything" aria-label="Kind" data={groups} value={group} onChange={setGroup} clearable />
      </PageHead>
      <Pages list={list} count={entries.length} empty="Nothing has been noted.">
        <WideTable width={960}>
          <Table highlightOnHover>
            <Table.Thead>
              <Table.Tr>
                <Table.Th scope="col">When</Table.Th>
                <Table.Th scope="col">Who</Table.Th>
                <Table.Th scope="col">What</Table.Th>
                <Table.Th scope="col">To what</Table.Th>
                <Table.Th scope="col">Given</Table.Th>
                <Table.Th scope="col">Answer</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {entries.map((entry) => (
                <Table.Tr key={entry.id}>
                  <Table.Td className="nowrap">{dateTime(entry.at)}</Table.Td>
                  <Table.Td>
                    <Text size="sm">{entry.who || "nobody got in"}</Text>
                    <Text size="xs" c="dimmed">
                      {entry.peer}
                    </Text>
                  </Table.Td>
                  <Table.Td className="nowrap">{entry.action}</Table.Td>
                  <Table.Td className="nowrap">
                    <Target entry={entry} />
                  </Table.Td>
                  <Table.Td className="breakable">{entry.detail}</Table.Td>
                  <Table.Td>{entry.status}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </WideTable>
      </Pages>
    </>
  );
}

function Target({ entry: { action, target } }: { entry: AuditEntry }) {
  const page = /^(campaign|contacts)\./.test(action)
    ? "campaigns"
    : /^(call|recording)\./.test(action)
      ? "calls"
      : null;
  if (!page || !target) return target;
  return (
    <Anchor component={Link} href={`/${page}/${target}`} underline="always" size="sm">
      {target}
    </Anchor>
  );
}
