import { Anchor, PasswordInput, TextInput } from '@mantine/core';
import { useState } from 'react';
import { api, type Me } from '../api.ts';
import { Entrance } from './entrance.tsx';

/** Makes the first user with the code that the cloud printed when it started. */
export function SetUpPage({ onDone, onTooLate }: { onDone(me: Me): void; onTooLate(): void }) {
  const [code, setCode] = useState('');
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  return (
    <Entrance
      title="Set up the first user"
      lead="Nobody can log in yet. The program printed a set-up code when it started; it works once, for a day."
      action="Create the first user"
      submit={() => api.setUp({ code, name, password })}
      onDone={onDone}
    >
      <TextInput
        label="Set-up code"
        description="Seven groups of four, from the terminal or the log"
        placeholder="XXXX-XXXX-XXXX-XXXX-XXXX-XXXX-XXXX"
        autoComplete="off"
        autoFocus
        required
        spellCheck={false}
        classNames={{ input: 'code-input' }}
        value={code}
        onChange={(event) => setCode(event.currentTarget.value)}
      />
      <TextInput
        label="Your name"
        description="As colleagues know you"
        autoComplete="username"
        required
        maxLength={64}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <PasswordInput
        label="Password"
        description="At least 8 characters; a few unrelated words (15 or more) are best"
        autoComplete="new-password"
        required
        minLength={8}
        maxLength={256}
        value={password}
        onChange={(event) => setPassword(event.currentTarget.value)}
      />
      <Anchor component="button" type="button" size="sm" onClick={onTooLate}>
        Somebody has done this already
      </Anchor>
    </Entrance>
  );
}
