import { PasswordInput, TextInput } from '@mantine/core';
import { useState } from 'react';
import { api, type Me } from '../api.ts';
import { Entrance } from './entrance.tsx';

/** Name and password. */
export function LogInPage({ onDone }: { onDone(me: Me): void }) {
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  return (
    <Entrance
      title="Log in"
      lead="Your name stands beside everything you do here."
      action="Log in"
      submit={() => api.logIn(name, password)}
      onDone={onDone}
    >
      <TextInput
        label="Name"
        autoComplete="username"
        autoFocus
        required
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <PasswordInput
        label="Password"
        autoComplete="current-password"
        required
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
      />
    </Entrance>
  );
}
