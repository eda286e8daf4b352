import { Badge, Group, Progress, Text, Tooltip } from "@mantine/core";
import type { CallSummary, CampaignSummary } from "../api/types";
import { count, words } from "../lib/format";

const campaignColors: Record<string, string> = {
  PENDING: "gray",
  RUNNING: "cyan",
  COMPLETED: "teal",
  STOPPED: "orange",
  FAILED: "red",
};

const holdWords: Record<string, string> = {
  paused: "Paused",
  test: "Waits for the test call",
  failures: "Paused: too many failures",
  account: "Paused: account",
  budget: "Budget used up",
};

export function CampaignBadge({ campaign }: { campaign: Pick<CampaignSummary, "status" | "hold" | "holdReason"> }) {
  const isHeld = campaign.hold !== null && (campaign.status === "RUNNING" || campaign.status === "PENDING");
  const badge = (
    <Badge variant="light" color={isHeld ? "yellow" : (campaignColors[campaign.status] ?? "gray")} tt="none">
      {isHeld ? holdWords[campaign.hold ?? ""] : words(campaign.status)}
    </Badge>
  );
  return isHeld && campaign.holdReason ? <Tooltip label={campaign.holdReason}>{badge}</Tooltip> : badge;
}

export const outcomeColors: Record<string, string> = {
  HUMAN_ANSWERED: "teal",
  VOICEMAIL: "indigo",
  NO_ANSWER: "gray",
  BUSY: "yellow",
  FAILED: "red",
};

export function OutcomeBadge({ outcome }: { outcome: string | null }) {
  if (!outcome) return null;
  return (
    <Badge variant="light" color={outcomeColors[outcome] ?? "gray"} tt="none">
      {words(outcome)}
    </Badge>
  );
}

/** What has become of a call so far: its outcome, else its state. */
export function CallBadge({ call }: { call: Pick<CallSummary, "outcome" | "status"> }) {
  if (call.outcome) return <OutcomeBadge outcome={call.outcome} />;
  return (
    <Badge variant="dot" color={call.status === "ANSWERED" ? "teal" : "cyan"} tt="none">
      {call.status === "ANSWERED" ? "Talking" : words(call.status)}
    </Badge>
  );
}

export function CampaignProgress({ campaign, large }: { campaign: CampaignSummary; large?: boolean }) {
  const { totalContacts: total, contactsCompleted: completed, contactsFailed: failed, liveCalls: live } = campaign;
  const share = (part: number) => (total === 0 ? 0 : (100 * part) / total);
  const text = `${count(completed + failed)} of ${count(total)} done`;
  return (
    <div>
      <Progress.Root size={large ? "xl" : "md"} aria-label={text}>
        <Progress.Section value={share(completed)} color="teal" aria-label={`${count(completed)} completed`} />
        <Progress.Section value={share(failed)} color="red" aria-label={`${count(failed)} failed`} />
        <Progress.Section value={share(live)} color="cyan" striped animated aria-label={`${count(live)} in a call`} />
      </Progress.Root>
      <Group justify="space-between" gap="xs" mt={2}>
        <Text size="xs" c="dimmed" className="numbers">
          {text}
        </Text>
        {live > 0 ? (
          <Text size="xs" className="numbers">
            {count(live)} in a call
          </Text>
        ) : null}
      </Group>
    </div>
  );
}
