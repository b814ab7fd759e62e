import type { Remark } from './words.ts';

const marks = { good: '✓', warn: '!', bad: '✗' } as const;
const words = { good: 'Good', warn: 'Look', bad: 'Mend' } as const;

/** A sentence with how good or bad it is: by a mark and a word, then by colour. */
export function RemarkLine({ tone, says }: Remark) {
  return (
    <p className={`remark remark-${tone}`}>
      <span className="remark-mark" aria-hidden="true">
        {marks[tone]}
      </span>
      <span>
        <span className="visually-hidden">{words[tone]}: </span>
        {says}
      </span>
    </p>
  );
}
