import { Anchor, Button, Group, SegmentedControl, Table, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconPlus, IconSearch } from "@tabler/icons-react";
import { useState } from "react";
import { Link } from "wouter";
import { answer, api } from "../api/client";
import { useLive } from "../api/live";
import type { CampaignStatus, CampaignSummary } from "../api/types";
import { CampaignBadge, CampaignProgress } from "../parts/badges";
import { PageHead } from "../parts/shell";
import { Pages, usePages } from "../parts/pages";
import { useMayOperate } from "../parts/session";
import { dateTime, words } from "../lib/format";
import { WideTable } from "../parts/wide-table";

const filters: { value: string; label: string }[] = [
  { value: "", label: "All" },
  { value: "RUNNING", label: "Running" },
  { value: "PENDING", label: "Pending" },
  { value: "COMPLETED", label: "Completed" },
  { value: "STOPPED", label: "Stopped" },
  { value: "FAILED", label: "Failed" },
];

export function Campaigns() {
  const [status, setStatus] = useState("");
  const [search, setSearch] = useState("");
  const [q] = useDebouncedValue(search.trim(), 250);
  const mayOperate = useMayOperate();
  const list = usePages(["campaigns", status, q], (next) =>
    answer(
      api.GET("/api/campaigns", {
        params: {
          query: {
            limit: 50,
            ...(status ? { status: status as CampaignStatus } : {}),
            ...(q ? { q } : {}),
            ...next,
          },
        },
      }),
    ),
  );
  const campaigns = list.data?.pages.flatMap((page) => page.campaigns) ?? [];
  return (
    <>
      <PageHead title="Campaigns">
        {mayOperate ? (
          <Button component={Link} href="/new" leftSection={<IconPlus size={16} aria-hidden />}>
            New campaign
          </Button>
        ) : null}
      </PageHead>
      <Group mb="md" gap="sm">
        <TextInput
          aria-label="Search by name"
          placeholder="Search by name"
          leftSection={<IconSearch size={16} aria-hidden />}
          value={search}
          onChange={(event) => setSearch(event.currentTarget.value)}
        />
        <div className="scrolls">
          <SegmentedControl aria-label="Status" data={filters} value={status} onChange={setStatus} />
        </div>
      </Group>
      <Pages
        list={list}
        count={campaigns.length}
        empty={
          status || q
            ? "No campaign fits this search."
            : "No campaign yet. Start one here, or let an n8n workflow trigger it."
        }
      >
        <WideTable width={640}>
          <Table highlightOnHover verticalSpacing="sm">
            <Table.Thead>
              <Table.Tr>
                <Table.Th scope="col">Name</Table.Th>
                <Table.Th scope="col">Status</Table.Th>
                <Table.Th scope="col" w="35%">
                  Progress
                </Table.Th>
                <Table.Th scope="col">Created</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {campaigns.map((campaign) => (
                <CampaignLine key={campaign.campaignId} campaign={campaign} />
              ))}
            </Table.Tbody>
          </Table>
        </WideTable>
      </Pages>
    </>
  );
}

function CampaignLine({ campaign: read }: { campaign: CampaignSummary }) {
  const campaign = useLive().campaigns.get(read.campaignId) ?? read;
  return (
    <Table.Tr>
      <Table.Td>
        <Anchor component={Link} href={`/campaigns/${campaign.campaignId}`} fw={600} className="breakable">
          {campaign.name}
        </Anchor>
        <Text size="xs" c="dimmed">
          {words(campaign.type)}
        </Text>
      </Table.Td>
      <Table.Td>
        <CampaignBadge campaign={campaign} />
      </Table.Td>
      <Table.Td>
        <CampaignProgress campaign={campaign} />
      </Table.Td>
      <Table.Td className="nowrap">{dateTime(campaign.createdAt)}</Table.Td>
    </Table.Tr>
  );
}
