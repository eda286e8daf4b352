import { ScrollArea, Stack, Text, UnstyledButton } from "@mantine/core";
import { useEffect, useRef } from "react";
import type { SpokenTurn } from "../api/types";
import { duration, timeOfDay } from "../lib/format";

/** What was said. With `seek`, a turn can be pressed to hear it, and the one that is heard is marked. */
export function Transcript(props: {
  turns: readonly SpokenTurn[];
  customer: string;
  follow?: boolean;
  playedMs?: number | null;
  seek?: (ms: number) => void;
  height?: number;
}) {
  const { turns, playedMs = null, seek, follow } = props;
  const view = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (follow) view.current?.scrollTo({ top: view.current.scrollHeight });
  }, [follow, turns]);
  if (turns.length === 0) {
    return (
      <Text c="dimmed" size="sm">
        Nothing has been said.
      </Text>
    );
  }
  const now =
    playedMs === null
      ? undefined
      : turns.findLast((turn) => turn.offsetMs != null && turn.offsetMs <= playedMs)?.number;
  const body = (
    <Stack gap={6} role="log" aria-label="Transcript" aria-live={follow ? "polite" : "off"}>
      {turns.map((turn) => {
        const at = turn.offsetMs ?? null;
        const line = (
          <div className="turn" data-role={turn.role} data-now={turn.number === now}>
            <Text size="xs" c="dimmed">
              {turn.role === "agent" ? "Agent" : props.customer} ·{" "}
              {at === null ? timeOfDay(turn.at) : duration(at / 1000)}
            </Text>
            <Text size="sm" className="breakable">
              {turn.text}
            </Text>
            {turn.original && turn.original !== turn.text ? (
              <Text size="xs" c="dimmed" className="breakable">
                Interrupted; it would have said: {turn.original}
              </Text>
            ) : null}
          </div>
        );
        return seek && at !== null ? (
          <UnstyledButton key={turn.number} onClick={() => seek(at)} title={`Play from ${duration(at / 1000)}`}>
            {line}
          </UnstyledButton>
        ) : (
          <div key={turn.number}>{line}</div>
        );
      })}
    </Stack>
  );
  return (
    <ScrollArea.Autosize mah={props.height ?? 480} viewportRef={view} viewportProps={{ tabIndex: 0 }}>
      {body}
    </ScrollArea.Autosize>
  );
}
