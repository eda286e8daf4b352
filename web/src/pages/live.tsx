import { Alert, Anchor, Card, Grid, Group, Text, Title } from "@mantine/core";
import { Link } from "wouter";
import { isOver, useLive } from "../api/live";
import { CallBadge } from "../parts/badges";
import { LiveCallActions } from "../parts/live-call";
import { PageHead } from "../parts/shell";
import { Transcript } from "../parts/transcript";
import { duration, phone } from "../lib/format";
import { useNow } from "../lib/now";

const maxShown = 60;

export function LiveCalls() {
  const live = useLive();
  const now = useNow();
  const started = (iso: string | null) => (iso ? Date.parse(iso) : now);
  const calls = [...live.calls.values()].toSorted(
    (a, b) => Number(isOver(a)) - Number(isOver(b)) || started(b.initiatedAt) - started(a.initiatedAt),
  );
  return (
    <>
      <PageHead title="Live calls" />
      {live.connection === "lost" ? (
        <Alert color="red" mb="md">
          The connection is lost; what you see may be old. It catches up by itself.
        </Alert>
      ) : null}
      {calls.length === 0 ? <Alert variant="light">No call is going on.</Alert> : null}
      <Grid>
        {calls.slice(0, maxShown).map((call) => (
          <Grid.Col key={call.callId} span={{ base: 12, md: 6, xl: 4 }}>
            <Card
              withBorder
              component="section"
              aria-label={`Call with ${call.customerName}`}
              opacity={isOver(call) ? 0.7 : 1}
            >
              <Group justify="space-between" wrap="nowrap" align="flex-start">
                <div>
                  <Title order={2} size="h5">
                    <Anchor component={Link} href={`/calls/${call.callId}`} className="breakable">
                      {call.customerName || phone(call.customerPhone)}
                    </Anchor>
                  </Title>
                  <Text size="xs" c="dimmed">
                    {phone(call.customerPhone)}
                    {call.campaignId ? (
                      <>
                        {" · "}
                        <Anchor component={Link} href={`/campaigns/${call.campaignId}`} size="xs" underline="always">
                          {call.campaignName}
                        </Anchor>
                      </>
                    ) : null}
                  </Text>
                </div>
                <Group gap={6} wrap="nowrap">
                  <CallBadge call={call} />
                  <Text size="xs" className="numbers">
                    {duration(
                      ((isOver(call) ? Date.parse(call.completedAt ?? "") : now) -
                        started(call.answeredAt ?? call.initiatedAt)) /
                        1000,
                    )}
                  </Text>
                </Group>
              </Group>
              <div className="spaced">
                <Transcript
                  turns={live.turns.get(call.callId) ?? []}
                  customer={call.customerName || "Customer"}
                  follow
                  height={180}
                />
              </div>
              {isOver(call) ? null : <LiveCallActions call={call} />}
            </Card>
          </Grid.Col>
        ))}
      </Grid>
      {calls.length > maxShown ? (
        <Text mt="md" size="sm">
          {calls.length - maxShown} more calls are going on; each stands on its campaign's page.
        </Text>
      ) : null}
    </>
  );
}
