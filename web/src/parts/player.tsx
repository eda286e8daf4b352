import { Anchor, Group, Skeleton, Stack, Text, useComputedColorScheme } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { type PointerEvent, type RefObject, useEffect, useRef } from "react";
import { messageOf } from "../api/client";
import { fetchRecording, maxWaveformBytes } from "../api/recording";
import { duration } from "../lib/format";
import { peaks } from "../lib/peaks";

const columns = 900;

interface Waveform {
  channels: Float32Array[]; // peaks: the callee's side, then the agent's
  seconds: number;
}

async function waveformOf(url: string, signal: AbortSignal): Promise<Waveform | null> {
  const bytes = await fetchRecording(url, maxWaveformBytes, signal);
  if (!bytes) return null;
  const audio = await new OfflineAudioContext(1, 1, 8000).decodeAudioData(bytes);
  const channels = [];
  for (let i = 0; i < Math.min(2, audio.numberOfChannels); ++i) channels.push(peaks(audio.getChannelData(i), columns));
  return { channels, seconds: audio.duration };
}

/** The recording: the browser's own player, and both sides as waveforms that can be pressed. */
export function Player(props: {
  url: string;
  audio: RefObject<HTMLAudioElement | null>;
  playedMs: number;
  onTime: (ms: number) => void;
}) {
  const { url, audio, playedMs, onTime } = props;
  const wave = useQuery({
    queryKey: ["waveform", url],
    queryFn: ({ signal }) => waveformOf(url, signal),
    staleTime: Infinity,
    retry: false,
  });
  return (
    <Stack gap="xs">
      <audio
        ref={audio}
        controls
        preload="metadata"
        src={url}
        style={{ width: "100%" }}
        aria-label="Recording"
        onTimeUpdate={(event) => onTime(1000 * event.currentTarget.currentTime)}
      />
      {wave.isPending ? <Skeleton h={96} /> : null}
      {wave.data ? <Waves wave={wave.data} playedMs={playedMs} seek={(ms) => seekTo(audio.current, ms)} /> : null}
      <Group justify="space-between">
        <Text size="xs" c="dimmed">
          {wave.error
            ? messageOf(wave.error)
            : wave.data === null
              ? "It is too long for a waveform."
              : "Above: the callee. Below: the agent."}
        </Text>
        <Anchor size="xs" href={url} download>
          Download
        </Anchor>
      </Group>
    </Stack>
  );
}

export function seekTo(audio: HTMLAudioElement | null, ms: number): void {
  if (!audio) return;
  audio.currentTime = ms / 1000;
  void audio.play();
}

function Waves({ wave, playedMs, seek }: { wave: Waveform; playedMs: number; seek: (ms: number) => void }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const isDark = useComputedColorScheme("light") === "dark";
  useEffect(() => {
    const context = canvas.current?.getContext("2d");
    if (!canvas.current || !context) return;
    const { width, height } = canvas.current;
    context.clearRect(0, 0, width, height);
    const lane = height / wave.channels.length;
    const colors = isDark ? ["#63e6be", "#66d9e8"] : ["#099268", "#0c8599"];
    wave.channels.forEach((channel, index) => {
      context.fillStyle = colors[index] ?? "#888";
      const middle = lane * (index + 0.5);
      channel.forEach((peak, x) => {
        const half = Math.max(0.5, (peak * lane) / 2.1);
        context.fillRect((x * width) / columns, middle - half, Math.max(1, width / columns - 0.4), 2 * half);
      });
    });
    context.fillStyle = isDark ? "#ffffff" : "#212529";
    context.fillRect((playedMs / 1000 / wave.seconds) * width, 0, 2, height);
  }, [wave, playedMs, isDark]);
  const press = (event: PointerEvent<HTMLCanvasElement>) => {
    const box = event.currentTarget.getBoundingClientRect();
    seek(((event.clientX - box.left) / box.width) * wave.seconds * 1000);
  };
  return (
    <canvas
      ref={canvas}
      width={1800}
      height={192}
      className="waveform"
      role="img"
      aria-label={`Waveform of both sides, ${duration(wave.seconds)} long`}
      onPointerDown={press}
    />
  );
}
