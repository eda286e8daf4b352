import { Badge, Button, Card, Group, Skeleton, Table, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { answer, api } from "../api/client";
import { dateTime } from "../lib/format";
import { useChange } from "./ask";
import { Failure } from "./shell";
import { WideTable } from "./wide-table";

/** Who is signed in with the same password, and how to end what was left open elsewhere. */
export function Sessions() {
  const sessions = useQuery({
    queryKey: ["sessions"],
    queryFn: () => answer(api.GET("/api/sessions")),
    refetchInterval: 30_000,
  });
  const end = useChange(
    (id: string) => answer(api.DELETE("/api/sessions/{id}", { params: { path: { id } } })),
    "The session has been ended.",
  );
  const endOthers = useChange(() => answer(api.DELETE("/api/sessions")), "All other sessions have been ended.");
  if (sessions.error) return <Failure error={sessions.error} retry={() => void sessions.refetch()} />;
  if (!sessions.data) return <Skeleton h={120} aria-label="Loading" />;
  const list = sessions.data.sessions;
  return (
    <Card withBorder>
      <Group justify="space-between" mb="sm">
        <Title order={2} size="h4">
          Sessions
        </Title>
        <Button
          size="xs"
          variant="light"
          color="red"
          disabled={!list.some((session) => !session.isThis)}
          loading={endOthers.isPending}
          onClick={() => endOthers.mutate()}
        >
          End all others
        </Button>
      </Group>
      <WideTable width={560}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">Signed in</Table.Th>
              <Table.Th scope="col">Last used</Table.Th>
              <Table.Th scope="col">From</Table.Th>
              <Table.Th scope="col">May</Table.Th>
              <Table.Th scope="col">End</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {list.map((session) => (
              <Table.Tr key={session.id}>
                <Table.Td className="nowrap">{dateTime(session.signedInAt)}</Table.Td>
                <Table.Td className="nowrap">{dateTime(session.lastUsedAt)}</Table.Td>
                <Table.Td className="nowrap">{session.address}</Table.Td>
                <Table.Td>{session.role === "operate" ? "operate" : "look only"}</Table.Td>
                <Table.Td>
                  {session.isThis ? (
                    <Badge variant="light" tt="none">
                      this one
                    </Badge>
                  ) : (
                    <Button
                      size="compact-xs"
                      variant="subtle"
                      color="red"
                      aria-label={`End the session from ${session.address} of ${dateTime(session.signedInAt)}`}
                      onClick={() => end.mutate(session.id)}
                    >
                      End
                    </Button>
                  )}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </WideTable>
      <Text size="sm" c="dimmed" mt="sm">
        A session that is ended is refused at once. Whoever should not come back needs a new password, too.
      </Text>
    </Card>
  );
}
