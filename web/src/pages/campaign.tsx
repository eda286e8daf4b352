import { Alert, Anchor, Card, Grid, Group, SimpleGrid, Skeleton, Stack, Table, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "wouter";
import { answer, api } from "../api/client";
import { isOver, useLive } from "../api/live";
import type { CallSummary, CampaignDetail, CampaignSummary } from "../api/types";
import { CallBadge, CampaignBadge, CampaignProgress } from "../parts/badges";
import { CampaignActions } from "../parts/campaign-actions";
import { HoursChart, Outcomes } from "../parts/charts";
import { Contacts } from "../parts/contacts";
import { SettingsTable } from "../parts/settings-table";
import { Failure, PageHead } from "../parts/shell";
import { Why } from "../parts/why";
import { count, dateTime, duration, money, percent, phone, words } from "../lib/format";
import { useNow } from "../lib/now";
import { WideTable } from "../parts/wide-table";

export function Campaign({ id }: { id: string }) {
  const live = useLive();
  const detail = useQuery({
    queryKey: ["campaign", id],
    queryFn: () => answer(api.GET("/api/campaigns/{campaignId}", { params: { path: { campaignId: id } } })),
  });
  if (detail.error) return <Failure error={detail.error} retry={() => void detail.refetch()} />;
  if (!detail.data) return <Skeleton h={400} aria-label="Loading" />;
  const campaign = live.campaigns.get(id) ?? detail.data.campaign;
  const calls = [...live.calls.values()].filter((call) => call.campaignId === id && !isOver(call));
  const isRunning = campaign.status === "RUNNING" || campaign.status === "PENDING";
  return (
    <>
      <PageHead
        title={campaign.name}
        aside={
          <Group gap="xs">
            <CampaignBadge campaign={campaign} />
            <Text size="sm" c="dimmed">
              {words(campaign.type)} · created {dateTime(campaign.createdAt)}
            </Text>
          </Group>
        }
      >
        <CampaignActions campaign={campaign} settings={detail.data.settings} />
      </PageHead>
      <Stack gap="md">
        {campaign.failureReason ? (
          <Alert color="red" title="The campaign has failed">
            {campaign.failureReason}
          </Alert>
        ) : null}
        {campaign.hold && isRunning && campaign.holdReason ? (
          <Alert color="yellow" title="The campaign is held">
            {campaign.holdReason}
          </Alert>
        ) : null}
        <CampaignProgress campaign={campaign} large />
        <Figures campaign={campaign} detail={detail.data} />
        {isRunning ? <Why campaignId={id} /> : null}
        <Grid>
          <Grid.Col span={{ base: 12, md: 4 }}>
            <Card withBorder h="100%">
              <Title order={2} size="h4" mb="sm">
                Outcomes
              </Title>
              <Outcomes outcomes={detail.data.outcomes} />
            </Card>
          </Grid.Col>
          <Grid.Col span={{ base: 12, md: 8 }}>
            <Card withBorder h="100%">
              <Title order={2} size="h4" mb="sm">
                Calls per hour and answer rate
              </Title>
              <HoursChart hours={detail.data.hours} />
            </Card>
          </Grid.Col>
        </Grid>
        {calls.length > 0 ? <LiveNow calls={calls} /> : null}
        <Contacts campaignId={id} />
        <SettingsTable settings={detail.data.settings} sheet={detail.data.sheet} />
      </Stack>
    </>
  );
}

function Figures({ campaign, detail }: { campaign: CampaignSummary; detail: CampaignDetail }) {
  const ended = Object.values(detail.outcomes).reduce((sum, n) => sum + n, 0);
  const { cost } = detail;
  const limit = cost.limit === null ? "" : ` of ${money(cost.limit)}`;
  const figures: [string, string][] = [
    ["Contacts", count(campaign.totalContacts)],
    ["Remaining", count(campaign.contactsRemaining)],
    ["Calls ended", count(ended)],
    ["Answered by a person", percent(detail.outcomes["HUMAN_ANSWERED"] ?? 0, ended)],
    ["Spent", cost.pricePerMinute || cost.spent ? `${money(cost.spent)}${limit}` : "no price set"],
    [campaign.completedAt ? "Ended" : "Started", dateTime(campaign.completedAt ?? campaign.startedAt)],
  ];
  return (
    <SimpleGrid cols={{ base: 2, sm: 3, lg: 6 }}>
      {figures.map(([label, value]) => (
        <Card withBorder key={label} padding="sm">
          <Text size="xs" c="dimmed">
            {label}
          </Text>
          <Text fw={600} className="numbers">
            {value}
          </Text>
        </Card>
      ))}
    </SimpleGrid>
  );
}

function LiveNow({ calls }: { calls: CallSummary[] }) {
  const now = useNow();
  return (
    <Card withBorder>
      <Title order={2} size="h4" mb="sm">
        Calls at this moment
      </Title>
      <WideTable width={420}>
        <Table>
          <Table.Thead>
            <Table.Tr>
              <Table.Th scope="col">Name</Table.Th>
              <Table.Th scope="col">Phone</Table.Th>
              <Table.Th scope="col">State</Table.Th>
              <Table.Th scope="col">For</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {calls.map((call) => (
              <Table.Tr key={call.callId}>
                <Table.Td>
                  <Anchor component={Link} href={`/calls/${call.callId}`}>
                    {call.customerName}
                  </Anchor>
                </Table.Td>
                <Table.Td className="nowrap">{phone(call.customerPhone)}</Table.Td>
                <Table.Td>
                  <CallBadge call={call} />
                </Table.Td>
                <Table.Td className="numbers">
                  {duration((now - Date.parse(call.answeredAt ?? call.initiatedAt ?? "")) / 1000)}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </WideTable>
    </Card>
  );
}
