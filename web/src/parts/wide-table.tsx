import { Table } from "@mantine/core";
import type { ReactNode } from "react";

/** A table that a narrow screen scrolls sideways, by keys as well. `width`: what it needs, in pixels. */
export function WideTable({ width, children }: { width: number; children: ReactNode }) {
  return (
    <Table.ScrollContainer minWidth={width} scrollAreaProps={{ viewportProps: { tabIndex: 0 } }}>
      {children}
    </Table.ScrollContainer>
  );
}
