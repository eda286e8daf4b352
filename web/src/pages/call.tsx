import { Anchor, Badge, Card, Grid, Group, Skeleton, Stack, Table, Text, Timeline, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type ReactNode, useRef, useState } from "react";
import { Link } from "wouter";
import { answer, api } from "../api/client";
import { isOver, useLive } from "../api/live";
import type { CallReport, SpokenTurn } from "../api/types";
import { CallBadge } from "../parts/badges";
import { LiveCallActions } from "../parts/live-call";
import { Player, seekTo } from "../parts/player";
import { Failure, PageHead } from "../parts/shell";
import { Transcript } from "../parts/transcript";
import { dateTime, duration, money, none, phone, timeOfDay, words } from "../lib/format";

export function Call({ id }: { id: string }) {
  const live = useLive();
  const liveCall = live.calls.get(id);
  const isLive = liveCall !== undefined && !isOver(liveCall);
  const report = useQuery({
    queryKey: ["call", id],
    queryFn: () => answer(api.GET("/api/calls/{call}", { params: { path: { call: id } } })),
    refetchInterval: isLive ? 3_000 : false,
  });
  const audio = useRef<HTMLAudioElement>(null);
  const [playedMs, setPlayedMs] = useState(0);
  if (report.error) return <Failure error={report.error} retry={() => void report.refetch()} />;
  if (!report.data) return <Skeleton h={400} aria-label="Loading" />;
  const { call, turns, timeline, campaignName } = report.data;
  const said: readonly SpokenTurn[] = isLive ? (live.turns.get(id) ?? turns) : turns;
  const { hasRecording } = report.data.summary;
  return (
    <>
      <PageHead
        title={call.customerName || phone(call.customerPhone)}
        aside={
          <Group gap="xs">
            <CallBadge call={liveCall ?? report.data.summary} />
            <Text size="sm" c="dimmed">
              {phone(call.customerPhone)} · {dateTime(call.initiatedAt)}
              {call.campaignId ? (
                <>
                  {" · "}
                  <Anchor component={Link} href={`/campaigns/${call.campaignId}`} size="sm" underline="always">
                    {campaignName ?? "its campaign"}
                  </Anchor>
                </>
              ) : null}
            </Text>
          </Group>
        }
      >
        {isLive ? <LiveCallActions call={liveCall} /> : null}
      </PageHead>
      <Grid>
        <Grid.Col span={{ base: 12, md: 7 }}>
          <Stack>
            {hasRecording ? (
              <Section title="Recording">
                <Player
                  url={`/api/calls/${encodeURIComponent(id)}/recording?format=wav`}
                  audio={audio}
                  playedMs={playedMs}
                  onTime={setPlayedMs}
                />
              </Section>
            ) : null}
            <Section title="Transcript">
              <Transcript
                turns={said}
                customer={call.customerName || "Customer"}
                follow={isLive}
                playedMs={hasRecording ? playedMs : null}
                seek={hasRecording ? (ms) => seekTo(audio.current, ms) : undefined}
              />
            </Section>
            {call.notes ? (
              <Section title="Notes">
                <Text size="sm" className="breakable">
                  {call.notes}
                </Text>
              </Section>
            ) : null}
          </Stack>
        </Grid.Col>
        <Grid.Col span={{ base: 12, md: 5 }}>
          <Stack>
            <Section title="In figures">
              <Figures report={report.data} />
            </Section>
            <Section title="What happened">
              <Timeline bulletSize={12} lineWidth={2} active={timeline.length}>
                {timeline.map((entry, index) => (
                  <Timeline.Item
                    mt={index === 0 ? 0 : 8}
                    key={`${entry.at}-${index}`}
                    title={<Text size="sm">{entry.text}</Text>}
                  >
                    <Text size="xs" c="dimmed">
                      {timeOfDay(entry.at)}
                    </Text>
                  </Timeline.Item>
                ))}
              </Timeline>
            </Section>
            {report.data.sheetWrites.length > 0 ? (
              <Section title="Written to the sheet">
                <SheetWrites writes={report.data.sheetWrites} />
              </Section>
            ) : null}
          </Stack>
        </Grid.Col>
      </Grid>
    </>
  );
}

function Section({ title, children }: { title: string; children: ReactNode }) {
  return (
    <Card withBorder component="section">
      <Title order={2} size="h4" mb="sm">
        {title}
      </Title>
      {children}
    </Card>
  );
}

const ms = (value: number | null | undefined) =>
  value === null || value === undefined ? none : `${(value / 1000).toFixed(2)} s`;

const evidenceWords: Record<CallReport["evidence"][number]["kind"], string> = {
  amd: "Twilio's detector",
  greeting_heard: "From what was said",
  machine_handled: "Dealt with as",
};

function Figures({ report }: { report: CallReport }) {
  const { call, streams, evidence, cost } = report;
  const turns = streams.flatMap((stream) => stream.turnLatenciesMs);
  const sorted = [...turns].toSorted((a, b) => a - b);
  const rows: [string, ReactNode][] = [
    ["Duration", duration(call.duration)],
    ["Answered by", words(call.answeredBy)],
    ["Cost", money(cost)],
    ["Answer to first word", ms(streams[0]?.answerToAudioMs)],
    [
      "The agent answers after",
      turns.length === 0 ? none : `${ms(sorted[Math.floor(sorted.length / 2)])} (median of ${turns.length})`,
    ],
    ["Slowest answer", ms(sorted.at(-1))],
    ["Interruptions", streams.reduce((sum, stream) => sum + stream.interruptions, 0)],
    [
      "CallSid",
      <Text key="sid" size="xs" className="breakable">
        {call.callSid || none}
      </Text>,
    ],
  ];
  return (
    <>
      <Table>
        <Table.Tbody>
          {rows.map(([label, value]) => (
            <Table.Tr key={label}>
              <Table.Th scope="row">{label}</Table.Th>
              <Table.Td className="numbers">{value}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
      {evidence.map((entry) => (
        <Text key={entry.at + entry.kind} size="xs" c="dimmed" mt={4}>
          {evidenceWords[entry.kind]}: {words(entry.answeredBy)} {entry.reason}
        </Text>
      ))}
    </>
  );
}

function SheetWrites({ writes }: { writes: CallReport["sheetWrites"] }) {
  return (
    <Table>
      <Table.Thead>
        <Table.Tr>
          <Table.Th scope="col">Where</Table.Th>
          <Table.Th scope="col">Value</Table.Th>
          <Table.Th scope="col">State</Table.Th>
        </Table.Tr>
      </Table.Thead>
      <Table.Tbody>
        {writes.map((write, index) => (
          <Table.Tr key={index}>
            <Table.Td>{write.where}</Table.Td>
            <Table.Td className="breakable">{write.value}</Table.Td>
            <Table.Td>
              <Badge variant="light" tt="none">
                {write.state}
              </Badge>
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
