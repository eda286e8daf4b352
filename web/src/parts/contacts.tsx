import { Anchor, Button, Card, Group, Select, Table, Text, TextInput, Title, UnstyledButton } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconArrowDown, IconArrowUp, IconDownload, IconSearch } from "@tabler/icons-react";
import { useState } from "react";
import { Link } from "wouter";
import { answer, api } from "../api/client";
import type { ContactRow, Outcome } from "../api/types";
import { OutcomeBadge } from "./badges";
import { Failure, Waiting } from "./shell";
import { More, usePages } from "./pages";
import { dateTime, duration, phone, words } from "../lib/format";
import { WideTable } from "./wide-table";

type Sort = "row" | "name" | "attempts" | "lastCall";
type State = ContactRow["state"];

const states: { value: State; label: string }[] = [
  { value: "due", label: "Waiting" },
  { value: "open", label: "In a call" },
  { value: "completed", label: "Completed" },
  { value: "failed", label: "Failed" },
];
const outcomes: Outcome[] = ["HUMAN_ANSWERED", "VOICEMAIL", "NO_ANSWER", "BUSY", "FAILED"];

export function Contacts({ campaignId }: { campaignId: string }) {
  const [search, setSearch] = useState("");
  const [q] = useDebouncedValue(search.trim(), 250);
  const [state, setState] = useState<State | null>(null);
  const [outcome, setOutcome] = useState<Outcome | null>(null);
  const [sort, setSort] = useState<Sort>("row");
  const [order, setOrder] = useState<"asc" | "desc">("asc");
  const list = usePages(["contacts", campaignId, q, state, outcome, sort, order], (next) =>
    answer(
      api.GET("/api/campaigns/{campaignId}/contacts", {
        params: {
          path: { campaignId },
          query: {
            limit: 50,
            sort,
            order,
            ...(q ? { q } : {}),
            ...(state ? { state } : {}),
            ...(outcome ? { outcome } : {}),
            ...next,
          },
        },
      }),
    ),
  );
  const contacts = list.data?.pages.flatMap((page) => page.contacts) ?? [];
  const by = (column: Sort) => {
    setOrder(sort === column && order === "asc" ? "desc" : "asc");
    setSort(column);
  };
  const heading = (column: Sort, text: string) => (
    <Table.Th scope="col" aria-sort={sort === column ? (order === "asc" ? "ascending" : "descending") : "none"}>
      <UnstyledButton onClick={() => by(column)} fw={700} fz="sm">
        <Group gap={4} wrap="nowrap">
          {text}
          {sort === column ? (
            order === "asc" ? (
              <IconArrowUp size={14} aria-hidden />
            ) : (
              <IconArrowDown size={14} aria-hidden />
            )
          ) : null}
        </Group>
      </UnstyledButton>
    </Table.Th>
  );
  return (
    <Card withBorder>
      <Group justify="space-between" mb="sm">
        <Title order={2} size="h4">
          Contacts
        </Title>
        <Button
          component="a"
          href={`/api/campaigns/${encodeURIComponent(campaignId)}/contacts.csv`}
          download
          variant="default"
          size="xs"
          leftSection={<IconDownload size={14} aria-hidden />}
        >
          Export as CSV
        </Button>
      </Group>
      <Group mb="sm" gap="sm">
        <TextInput
          aria-label="Search by name or number"
          placeholder="Name or number"
          leftSection={<IconSearch size={16} aria-hidden />}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
        />
        <Select
          aria-label="State"
          placeholder="Any state"
          clearable
          data={states}
          value={state}
          onChange={(value) => setState(value as State | null)}
        />
        <Select
          aria-label="Outcome"
          placeholder="Any outcome"
          clearable
          data={outcomes.map((value) => ({ value, label: words(value) }))}
          value={outcome}
          onChange={(value) => setOutcome(value as Outcome | null)}
        />
      </Group>
      {list.error ? <Failure error={list.error} retry={() => void list.refetch()} /> : null}
      {list.isPending ? <Waiting /> : null}
      {list.isSuccess ? (
        <WideTable width={860}>
          <Table highlightOnHover>
            <Table.Thead>
              <Table.Tr>
                {heading("row", "Row")}
                {heading("name", "Name")}
                <Table.Th scope="col">Phone</Table.Th>
                <Table.Th scope="col">State</Table.Th>
                <Table.Th scope="col">Outcome</Table.Th>
                {heading("attempts", "Tries")}
                {heading("lastCall", "Last call")}
                <Table.Th scope="col">Duration</Table.Th>
                <Table.Th scope="col">Why</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {contacts.map((contact) => (
                <ContactLine key={contact.id} contact={contact} />
              ))}
            </Table.Tbody>
          </Table>
        </WideTable>
      ) : null}
      {list.isSuccess && contacts.length === 0 ? (
        <Text c="dimmed" size="sm">
          No contact fits this search.
        </Text>
      ) : null}
      <More list={list} />
    </Card>
  );
}

function ContactLine({ contact }: { contact: ContactRow }) {
  const name = contact.name || phone(contact.phone);
  const waits = contact.state === "due" && contact.nextAt ? `not before ${dateTime(contact.nextAt)}` : null;
  return (
    <Table.Tr>
      <Table.Td className="numbers">{contact.row}</Table.Td>
      <Table.Td className="breakable" miw={150}>
        {contact.callId ? (
          <Anchor component={Link} href={`/calls/${contact.callId}`}>
            {name}
          </Anchor>
        ) : (
          name
        )}
      </Table.Td>
      <Table.Td className="nowrap numbers">{phone(contact.phone)}</Table.Td>
      <Table.Td>{states.find((state) => state.value === contact.state)?.label}</Table.Td>
      <Table.Td>
        <OutcomeBadge outcome={contact.outcome} />
      </Table.Td>
      <Table.Td className="numbers">{contact.attempts}</Table.Td>
      <Table.Td className="nowrap">{dateTime(contact.lastCallAt)}</Table.Td>
      <Table.Td className="numbers">{duration(contact.duration)}</Table.Td>
      <Table.Td className="breakable" miw={220}>
        {contact.reason ?? waits}
      </Table.Td>
    </Table.Tr>
  );
}
