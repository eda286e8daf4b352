import { ActionIcon, Button, Table, Text, TextInput } from "@mantine/core";
import { useDisclosure } from "@mantine/hooks";
import { IconPlus, IconTrash } from "@tabler/icons-react";
import { useState } from "react";
import { answer, api } from "../api/client";
import type { DoNotCallEntry } from "../api/types";
import { Ask, useChange } from "../parts/ask";
import { PageHead } from "../parts/shell";
import { Pages, usePages } from "../parts/pages";
import { useMayOperate } from "../parts/session";
import { dateTime, phone, words } from "../lib/format";
import { WideTable } from "../parts/wide-table";

export function DoNotCall() {
  const [adding, add] = useDisclosure();
  const [removing, setRemoving] = useState<DoNotCallEntry | null>(null);
  const mayOperate = useMayOperate();
  const list = usePages(["do-not-call"], (next) =>
    answer(api.GET("/api/do-not-call", { params: { query: { limit: 100, ...next } } })),
  );
  const entries = list.data?.pages.flatMap((page) => page.entries) ?? [];
  return (
    <>
      <PageHead
        title="Do not call"
        aside={<Text size="sm">These numbers are never called, in whatever campaign.</Text>}
      >
        {mayOperate ? (
          <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={add.open}>
            Add a number
          </Button>
        ) : null}
      </PageHead>
      <Pages list={list} count={entries.length} empty="The list is empty.">
        <WideTable width={640}>
          <Table highlightOnHover>
            <Table.Thead>
              <Table.Tr>
                <Table.Th scope="col">Number</Table.Th>
                <Table.Th scope="col">Why</Table.Th>
                <Table.Th scope="col">From</Table.Th>
                <Table.Th scope="col">Since</Table.Th>
                {mayOperate ? <Table.Th scope="col">Remove</Table.Th> : null}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {entries.map((entry) => (
                <Table.Tr key={entry.phone}>
                  <Table.Td className="nowrap numbers">{phone(entry.phone)}</Table.Td>
                  <Table.Td className="breakable">{entry.reason}</Table.Td>
                  <Table.Td>{words(entry.source)}</Table.Td>
                  <Table.Td className="nowrap">{dateTime(entry.at)}</Table.Td>
                  {mayOperate ? (
                    <Table.Td>
                      <ActionIcon
                        variant="subtle"
                        color="red"
                        aria-label={`Remove ${entry.phone}`}
                        onClick={() => setRemoving(entry)}
                      >
                        <IconTrash size={16} />
                      </ActionIcon>
                    </Table.Td>
                  ) : null}
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </WideTable>
      </Pages>
      {adding ? <AddDialog close={add.close} /> : null}
      {removing ? <RemoveDialog entry={removing} close={() => setRemoving(null)} /> : null}
    </>
  );
}

function AddDialog({ close }: { close: () => void }) {
  const [number, setNumber] = useState("");
  const [reason, setReason] = useState("");
  const add = useChange(
    () =>
      answer(
        api.POST("/api/do-not-call", { body: { phone: number, ...(reason.trim() ? { reason: reason.trim() } : {}) } }),
      ).then(close),
    "The number is on the list.",
  );
  return (
    <Ask
      opened
      close={close}
      title="Never call this number"
      action="Add"
      busy={add.isPending}
      error={add.error}
      submit={() => add.mutate()}
    >
      <TextInput
        label="Phone number"
        type="tel"
        required
        data-autofocus
        value={number}
        onChange={(e) => setNumber(e.currentTarget.value)}
      />
      <TextInput
        label="Reason"
        placeholder="asked by letter"
        value={reason}
        onChange={(e) => setReason(e.currentTarget.value)}
      />
    </Ask>
  );
}

function RemoveDialog({ entry, close }: { entry: DoNotCallEntry; close: () => void }) {
  const remove = useChange(
    () => answer(api.DELETE("/api/do-not-call/{phone}", { params: { path: { phone: entry.phone } } })).then(close),
    "The number may be called again.",
  );
  return (
    <Ask
      opened
      close={close}
      title={`Allow calls to ${phone(entry.phone)} again?`}
      action="Remove from the list"
      danger
      busy={remove.isPending}
      error={remove.error}
      submit={() => remove.mutate()}
    >
      <Text size="sm">It stands there because: {entry.reason}. Remove it only when the person has agreed.</Text>
    </Ask>
  );
}
