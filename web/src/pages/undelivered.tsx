import { Anchor, Button, Table, Text } from "@mantine/core";
import { IconRefresh } from "@tabler/icons-react";
import { Link } from "wouter";
import { answer, api } from "../api/client";
import type { DeadLetter } from "../api/types";
import { useChange } from "../parts/ask";
import { Pages, usePages } from "../parts/pages";
import { useMayOperate } from "../parts/session";
import { PageHead } from "../parts/shell";
import { dateTime } from "../lib/format";
import { WideTable } from "../parts/wide-table";

/** Webhooks that their receivers did not take. */
export function Undelivered() {
  const mayOperate = useMayOperate();
  const list = usePages(["dead-letters"], (next) =>
    answer(
      api.GET("/api/webhooks/dead-letters", {
        params: { query: { limit: 100, ...next } },
      }),
    ),
  );
  const letters = list.data?.pages.flatMap((page) => page.deadLetters) ?? [];
  const sendAll = useChange(
    () => answer(api.POST("/api/webhooks/dead-letters/replay")),
    "They are on their way; what fails again comes back here.",
  );
  return (
    <>
      <PageHead
        title="Undelivered"
        aside={
          <Text size="sm">
            News for an eventsUrl or callbackUrl that its receiver refused, or did not take within a day. Mend the
            receiver, then send them again.
          </Text>
        }
      >
        {mayOperate && letters.length > 0 ? (
          <Button
            leftSection={<IconRefresh size={16} aria-hidden />}
            loading={sendAll.isPending}
            onClick={() => sendAll.mutate()}
          >
            Send all again
          </Button>
        ) : null}
      </PageHead>
      <Pages list={list} count={letters.length} empty="Everything has been delivered.">
        <WideTable width={720}>
          <Table highlightOnHover>
            <Table.Thead>
              <Table.Tr>
                <Table.Th scope="col">Event</Table.Th>
                <Table.Th scope="col">Receiver</Table.Th>
                <Table.Th scope="col">Why not</Table.Th>
                <Table.Th scope="col">Given up</Table.Th>
                <Table.Th scope="col">Campaign</Table.Th>
                {mayOperate ? <Table.Th scope="col">Send again</Table.Th> : null}
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {letters.map((letter) => (
                <Letter key={letter.id} letter={letter} mayOperate={mayOperate} />
              ))}
            </Table.Tbody>
          </Table>
        </WideTable>
      </Pages>
    </>
  );
}

function Letter({ letter, mayOperate }: { letter: DeadLetter; mayOperate: boolean }) {
  const send = useChange(
    () => answer(api.POST("/api/webhooks/dead-letters/{id}/replay", { params: { path: { id: letter.id } } })),
    "It is on its way.",
  );
  return (
    <Table.Tr>
      <Table.Td>{letter.type}</Table.Td>
      <Table.Td className="breakable">{letter.url}</Table.Td>
      <Table.Td className="breakable">{letter.reason}</Table.Td>
      <Table.Td className="nowrap">{dateTime(letter.givenUpAt)}</Table.Td>
      <Table.Td>
        <Anchor component={Link} href={`/campaigns/${letter.campaignId}`} underline="always" size="sm">
          its campaign
        </Anchor>
      </Table.Td>
      {mayOperate ? (
        <Table.Td>
          <Button
            size="xs"
            variant="light"
            loading={send.isPending}
            aria-label={`Send again: ${letter.type} of ${dateTime(letter.givenUpAt)}`}
            onClick={() => send.mutate()}
          >
            Send again
          </Button>
        </Table.Td>
      ) : null}
    </Table.Tr>
  );
}
