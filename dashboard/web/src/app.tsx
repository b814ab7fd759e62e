import { Center, Loader } from '@mantine/core';
import { useCallback, useEffect, useState } from 'react';
import { api, type Me, Problem } from './api.ts';
import { ConsolePage } from './pages/console.tsx';
import { LogInPage } from './pages/log-in.tsx';
import { SetUpPage } from './pages/set-up.tsx';

type Where = { page: 'wait' | 'set-up' | 'log-in' } | { page: 'console'; me: Me };

/** Which page there is to show: set-up while there is no user, log-in without a session, else the console. */
export function App() {
  const [where, setWhere] = useState<Where>({ page: 'wait' });
  const enter = useCallback((me: Me) => setWhere({ page: 'console', me }), []);
  const look = useCallback(async () => {
    try {
      const { needed } = await api.setupNeeded();
      if (needed) setWhere({ page: 'set-up' });
      else enter(await api.me());
    } catch (error) {
      if (error instanceof Problem && error.status === 401) setWhere({ page: 'log-in' });
      else setTimeout(look, 2_000);
    }
  }, [enter]);
  useEffect(() => void look(), [look]);

  if (where.page === 'set-up') return <SetUpPage onDone={enter} onTooLate={look} />;
  if (where.page === 'log-in') return <LogInPage onDone={enter} />;
  if (where.page === 'console') return <ConsolePage me={where.me} onLoggedOut={() => setWhere({ page: 'log-in' })} />;
  return (
    <Center component="main" mih="100vh">
      <Loader aria-label="Connecting to the server" />
    </Center>
  );
}
