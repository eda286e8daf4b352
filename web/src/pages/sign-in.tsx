import { Alert, Button, Card, Center, Group, PasswordInput, Stack, TextInput, Title } from "@mantine/core";
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { type FormEvent, useEffect, useState } from "react";
import { ApiError, answer, api, fromThePage, messageOf } from "../api/client";

export function SignIn() {
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [asksCode, setAsksCode] = useState(false);
  const queries = useQueryClient();
  const signIn = useMutation({
    mutationFn: () =>
      answer(api.POST("/api/session", { params: fromThePage, body: asksCode ? { password, code } : { password } })),
    onSuccess: (session) => queries.setQueryData(["session"], session),
    onError: (error) => {
      if (error instanceof ApiError && error.code === "code_required") setAsksCode(true);
      setCode("");
    },
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    signIn.mutate();
  };
  useEffect(() => {
    document.title = "Sign in – Otto";
  }, []);
  return (
    <Center component="main" mih="100vh" p="md">
      <Card withBorder shadow="sm" padding="xl" w={360}>
        <form onSubmit={submit}>
          <Stack>
            <Group gap="sm">
              <img src="/icon.svg" alt="" width={32} height={32} />
              <Title order={1} size="h3">
                Sign in to Otto
              </Title>
            </Group>
            <PasswordInput
              label="Password"
              name="password"
              autoComplete="current-password"
              data-autofocus
              autoFocus
              required
              withAsterisk={false}
              value={password}
              onChange={(event) => setPassword(event.currentTarget.value)}
            />
            {asksCode ? (
              <TextInput
                label="Code of the authenticator app"
                name="code"
                autoComplete="one-time-code"
                inputMode="numeric"
                maxLength={8}
                autoFocus
                required
                withAsterisk={false}
                value={code}
                onChange={(event) => setCode(event.currentTarget.value)}
              />
            ) : null}
            {signIn.error ? (
              <Alert color="red" role="alert">
                {messageOf(signIn.error)}
              </Alert>
            ) : null}
            <Button type="submit" loading={signIn.isPending}>
              Sign in
            </Button>
          </Stack>
        </form>
      </Card>
    </Center>
  );
}
