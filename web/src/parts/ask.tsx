import { Button, Group, Modal, Stack } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { FormEvent, ReactNode } from "react";
import { messageOf } from "../api/client";
import { Failure } from "./shell";

const closeButtonProps = { "aria-label": "Dismiss" };

export function told(message: string): void {
  notifications.show({ message, color: "teal", closeButtonProps });
}

/** A change at the server; afterwards what the page shows is read again. */
export function useChange<T = void>(change: (value: T) => Promise<unknown>, done?: string) {
  const queries = useQueryClient();
  return useMutation({
    mutationFn: change,
    onSuccess: () => {
      if (done) told(done);
      void queries.invalidateQueries();
    },
    onError: (error) =>
      notifications.show({
        color: "red",
        title: "Not done",
        message: messageOf(error),
        autoClose: 10_000,
        closeButtonProps,
      }),
  });
}

/** A dialog around a form: what it asks, and the button that does it. */
export function Ask(props: {
  opened: boolean;
  close: () => void;
  title: string;
  action: string;
  danger?: boolean;
  busy?: boolean;
  error?: unknown;
  submit: () => void;
  children: ReactNode;
}) {
  const submit = (event: FormEvent) => {
    event.preventDefault();
    props.submit();
  };
  return (
    <Modal opened={props.opened} onClose={props.close} title={props.title} closeButtonProps={{ "aria-label": "Close" }}>
      <form onSubmit={submit}>
        <Stack>
          {props.children}
          {props.error ? <Failure error={props.error} /> : null}
          <Group justify="flex-end">
            <Button variant="default" onClick={props.close}>
              Cancel
            </Button>
            <Button type="submit" color={props.danger ? "red" : undefined} loading={props.busy}>
              {props.action}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
