import { TextInput } from '@mantine/core';
import { useEffect, useState } from 'react';

type Props = {
  id?: string | undefined;
  label: string;
  value: number | null;
  decimals: number;
  onChange(value: number | null): void;
  onFocus?(): void;
};

/** A number as people write it: with a comma or a dot. */
export function numberOf(text: string): number | null | undefined {
  const plain = text.trim().replace(',', '.').replace('−', '-');
  if (plain === '') return null;
  return /^[+-]?(\d+\.?\d*|\.\d+)$/.test(plain) ? Number(plain) : undefined;
}

const textOf = (value: number | null, decimals: number) =>
  value === null ? '' : String(Number(value.toFixed(decimals)));

/** A field for one number; what is no number stays in the field, is marked, and changes nothing. */
export function NumberField({ id, label, value, decimals, onChange, onFocus }: Props) {
  const [text, setText] = useState(textOf(value, decimals));
  const number = numberOf(text);
  useEffect(() => {
    setText((shown) =>
      numberOf(shown) === value || numberOf(shown) === numberOf(textOf(value, decimals))
        ? shown
        : textOf(value, decimals),
    );
  }, [value, decimals]);
  return (
    <TextInput
      id={id}
      className="number"
      size="sm"
      aria-label={label}
      inputMode="decimal"
      autoComplete="off"
      value={text}
      error={number === undefined}
      onFocus={onFocus}
      onChange={(event) => {
        setText(event.currentTarget.value);
        const typed = numberOf(event.currentTarget.value);
        if (typed !== undefined) onChange(typed);
      }}
    />
  );
}
