import { Button, Group, Text } from "@mantine/core";
import { IconHeadphones, IconPhoneX, IconPlayerStop } from "@tabler/icons-react";
import { useEffect, useRef, useState } from "react";
import { answer, api } from "../api/client";
import { Listener, type Listening } from "../api/listen";
import type { CallSummary } from "../api/types";
import { useChange } from "./ask";
import { useMayOperate } from "./session";

/** What can be done about a call that is going on: listen in, hang up. */
export function LiveCallActions({ call }: { call: CallSummary }) {
  const mayOperate = useMayOperate();
  const hangUp = useChange(
    () => answer(api.POST("/api/calls/{call}/hang-up", { params: { path: { call: call.callId } } })),
    "The call is being ended.",
  );
  return (
    <Group gap="xs">
      {call.isHere && call.answeredAt ? <ListenButton callId={call.callId} /> : null}
      {mayOperate && call.callSid ? (
        <Button
          size="xs"
          variant="light"
          color="red"
          leftSection={<IconPhoneX size={14} aria-hidden />}
          loading={hangUp.isPending}
          onClick={() => hangUp.mutate()}
        >
          Hang up
        </Button>
      ) : null}
    </Group>
  );
}

const words: Record<Listening, string> = {
  connecting: "Connecting…",
  playing: "Listening in",
  ended: "The call has ended.",
  refused: "This call cannot be listened to from here.",
};

function ListenButton({ callId }: { callId: string }) {
  const listener = useRef<Listener | null>(null);
  const [state, setState] = useState<Listening | null>(null);
  const stop = () => {
    listener.current?.stop();
    listener.current = null;
  };
  useEffect(() => stop, []);
  const isOn = state === "connecting" || state === "playing";
  return (
    <Group gap="xs">
      <Button
        size="xs"
        variant={isOn ? "filled" : "default"}
        leftSection={isOn ? <IconPlayerStop size={14} aria-hidden /> : <IconHeadphones size={14} aria-hidden />}
        aria-pressed={isOn}
        onClick={() => {
          stop();
          if (isOn) setState(null);
          else listener.current = new Listener(callId, setState);
        }}
      >
        {isOn ? "Stop listening" : "Listen in"}
      </Button>
      {state ? (
        <Text size="xs" role="status">
          {words[state]}
        </Text>
      ) : null}
    </Group>
  );
}
