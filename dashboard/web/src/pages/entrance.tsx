import { Alert, Button, Paper, Stack, Text, Title } from '@mantine/core';
import { type FormEvent, type ReactNode, useState } from 'react';
import { type Me, Problem } from '../api.ts';
import { Bell } from '../bell.tsx';

type Props = {
  title: string;
  lead: string;
  action: string;
  children: ReactNode;
  submit(): Promise<Me>;
  onDone(me: Me): void;
};

/** The form before the console: what to fill in, one button, and what went wrong in words. */
export function Entrance({ title, lead, action, children, submit, onDone }: Props) {
  const [problem, setProblem] = useState<Problem>();
  const [busy, setBusy] = useState(false);
  const send = async (event: FormEvent) => {
    event.preventDefault();
    setBusy(true);
    setProblem(undefined);
    try {
      onDone(await submit());
    } catch (error) {
      if (!(error instanceof Problem)) throw error;
      setProblem(error);
      setBusy(false);
    }
  };
  return (
    <main className="entrance">
      <Paper component="form" className="entrance-card" onSubmit={send} p="xl" withBorder>
        <Stack gap="md">
          <div className="brand brand-large">
            <Bell size={30} /> Tocsin
          </div>
          <div>
            <Title order={1} size="h3">
              {title}
            </Title>
            <Text c="dimmed" size="sm" mt={4}>
              {lead}
            </Text>
          </div>
          {children}
          <div role="alert">
            {problem && (
              <Alert color="red" variant="light" title={problem.message}>
                {problem.remedy}
              </Alert>
            )}
          </div>
          <Button type="submit" size="md" loading={busy}>
            {action}
          </Button>
        </Stack>
      </Paper>
    </main>
  );
}
