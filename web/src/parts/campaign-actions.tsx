import { Button, Checkbox, Text, TextInput } from "@mantine/core";
import { useForm } from "@mantine/form";
import { useDisclosure } from "@mantine/hooks";
import { IconGauge, IconPhoneCall, IconPlayerPause, IconPlayerPlay, IconPlayerStop } from "@tabler/icons-react";
import { useState } from "react";
import { answer, api } from "../api/client";
import type { CampaignSummary, Settings } from "../api/types";
import { Ask, told, useChange } from "./ask";
import { type Pace, PaceFields, paceOf, paceRules, settingsOf } from "./pace";
import { useMayOperate } from "./session";

export function CampaignActions({ campaign, settings }: { campaign: CampaignSummary; settings: Settings }) {
  const [pacing, pace] = useDisclosure();
  const [testing, test] = useDisclosure();
  const [stopping, stop] = useDisclosure();
  const params = { params: { path: { campaignId: campaign.campaignId } } };
  const pause = useChange(
    () => answer(api.POST("/api/campaigns/{campaignId}/pause", params)),
    "Paused. No further call is dialed.",
  );
  const resume = useChange(() => answer(api.POST("/api/campaigns/{campaignId}/resume", params)), "It goes on.");
  if (!useMayOperate()) return null;
  const isOpen = campaign.status === "RUNNING" || campaign.status === "PENDING";
  return (
    <>
      {isOpen && campaign.hold ? (
        <Button
          leftSection={<IconPlayerPlay size={16} aria-hidden />}
          loading={resume.isPending}
          onClick={() => resume.mutate()}
        >
          Resume
        </Button>
      ) : null}
      {isOpen && !campaign.hold ? (
        <Button
          variant="default"
          leftSection={<IconPlayerPause size={16} aria-hidden />}
          loading={pause.isPending}
          onClick={() => pause.mutate()}
        >
          Pause
        </Button>
      ) : null}
      <Button variant="default" leftSection={<IconPhoneCall size={16} aria-hidden />} onClick={test.open}>
        Test call
      </Button>
      {isOpen ? (
        <>
          <Button variant="default" leftSection={<IconGauge size={16} aria-hidden />} onClick={pace.open}>
            Change pace
          </Button>
          <Button
            variant="light"
            color="red"
            leftSection={<IconPlayerStop size={16} aria-hidden />}
            onClick={stop.open}
          >
            Stop
          </Button>
        </>
      ) : null}
      {pacing ? <PaceDialog campaignId={campaign.campaignId} settings={settings} close={pace.close} /> : null}
      {testing ? <TestDialog campaignId={campaign.campaignId} close={test.close} /> : null}
      {stopping ? <StopDialog campaign={campaign} close={stop.close} /> : null}
    </>
  );
}

function PaceDialog({ campaignId, settings, close }: { campaignId: string; settings: Settings; close: () => void }) {
  const form = useForm<Pace>({ initialValues: paceOf(settings), validate: paceRules });
  const change = useChange((pace: Pace) =>
    answer(
      api.PATCH("/api/campaigns/{campaignId}", {
        params: { path: { campaignId } },
        body: { settings: settingsOf(pace) },
      }),
    ).then(close),
  );
  return (
    <Ask
      opened
      close={close}
      title="Change pace and hours"
      action="Change"
      busy={change.isPending}
      error={change.error}
      submit={form.onSubmit((pace) => change.mutate(pace)) as () => void}
    >
      <PaceFields field={form.getInputProps} />
    </Ask>
  );
}

function TestDialog({ campaignId, close }: { campaignId: string; close: () => void }) {
  const [phone, setPhone] = useState("");
  const test = useChange(() =>
    answer(api.POST("/api/campaigns/{campaignId}/test", { params: { path: { campaignId } }, body: { phone } })).then(
      () => {
        told("The test call is on its way. It stands in the list as a campaign of its own.");
        close();
      },
    ),
  );
  return (
    <Ask
      opened
      close={close}
      title="Call one number first"
      action="Call now"
      busy={test.isPending}
      error={test.error}
      submit={() => test.mutate()}
    >
      <Text size="sm">
        The agent calls this number at once, with the campaign's settings and its first contact's data.
      </Text>
      <TextInput
        label="Phone number"
        type="tel"
        placeholder="+1 415 555 0101"
        required
        data-autofocus
        value={phone}
        onChange={(event) => setPhone(event.currentTarget.value)}
      />
    </Ask>
  );
}

function StopDialog({ campaign, close }: { campaign: CampaignSummary; close: () => void }) {
  const [hangUp, setHangUp] = useState(false);
  const stop = useChange(
    () =>
      answer(
        api.POST("/api/n8n/stop-campaign/{campaignId}", {
          params: { path: { campaignId: campaign.campaignId } },
          body: { hangupActiveCalls: hangUp },
        }),
      ).then(close),
    "Stopped. No further call is dialed.",
  );
  return (
    <Ask
      opened
      close={close}
      title={`Stop “${campaign.name}”?`}
      action="Stop the campaign"
      danger
      busy={stop.isPending}
      error={stop.error}
      submit={() => stop.mutate()}
    >
      <Text size="sm">
        {campaign.contactsRemaining} contacts will not be called. A stopped campaign cannot be resumed; to interrupt it,
        pause it.
      </Text>
      <Checkbox
        label="Hang up the calls that are going on"
        checked={hangUp}
        onChange={(event) => setHangUp(event.currentTarget.checked)}
      />
    </Ask>
  );
}
