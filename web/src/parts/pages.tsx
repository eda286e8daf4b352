import { Alert, Button, Group, Skeleton } from "@mantine/core";
import { useInfiniteQuery, type QueryKey } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { Failure } from "./shell";

/** A list that comes page by page: `ask` fetches what follows a cursor. What is shown stays until another list is there. */
export function usePages<Page extends { nextCursor?: string | null | undefined }>(
  key: QueryKey,
  ask: (next: { cursor?: string }) => Promise<Page>,
) {
  return useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam }) => ask(pageParam ? { cursor: pageParam } : {}),
    initialPageParam: "",
    getNextPageParam: (page) => page.nextCursor ?? undefined,
    placeholderData: (before) => before,
  });
}

interface Listed {
  error: Error | null;
  isPending: boolean;
  isSuccess: boolean;
  hasNextPage: boolean;
  isFetchingNextPage: boolean;
  refetch: () => Promise<unknown>;
  fetchNextPage: () => Promise<unknown>;
}

/** Such a list with its `count` lines so far, or why there are none. */
export function Pages(props: { list: Listed; count: number; empty: string; children: ReactNode }) {
  const { list, count, empty, children } = props;
  return (
    <>
      {list.error ? <Failure error={list.error} retry={() => void list.refetch()} /> : null}
      {list.isPending ? <Skeleton h={200} aria-label="Loading" /> : null}
      {list.isSuccess && count === 0 ? <Alert variant="light">{empty}</Alert> : null}
      {count > 0 ? children : null}
      <More list={list} />
    </>
  );
}

/** A list's next page, while there is one. */
export function More(props: { list: Pick<Listed, "hasNextPage" | "isFetchingNextPage" | "fetchNextPage"> }) {
  const { list } = props;
  if (!list.hasNextPage) return null;
  return (
    <Group justify="center" mt="md">
      <Button variant="default" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
        Show more
      </Button>
    </Group>
  );
}
