import { ActionIcon, Button, Group, NativeSelect, TextInput } from '@mantine/core';
import { type Act, cornersMax, type Draft, type DraftZone, zonesMax } from './draft.ts';
import { NumberField } from './number-field.tsx';
import { RemarkLine } from './remark-line.tsx';
import type { Choice } from './stage.tsx';
import type { ModelInput, Pair, ZoneVerdict } from './words.ts';

type Props = {
  draft: Draft;
  act(given: Act): void;
  choice: Choice;
  onChoose(choice: Choice): void;
  canDraw: boolean;
  verdicts: readonly ZoneVerdict[];
  inputs: readonly ModelInput[];
  input: number;
  onInput(index: number): void;
};

const idPattern = /^[A-Za-z0-9._-]{1,32}$/;

/** Why a zone's name cannot be used, if so. */
export function nameProblem(id: string, zones: readonly { id: string }[]): string | undefined {
  if (!idPattern.test(id)) return 'Letters, digits, dot, hyphen; no blanks.';
  return zones.filter((zone) => zone.id === id).length > 1 ? 'Another zone has this name.' : undefined;
}

/** The zones as numbers, and how small people are in them for the network. */
export function ZonesPanel({ draft, act, choice, onChoose, canDraw, verdicts, inputs, input, onInput }: Props) {
  return (
    <section className="panel" aria-label="Zones">
      <h2 className="section-title">2 Zones</h2>
      <p className="hint">
        {canDraw
          ? 'Choose a zone and click its corners in the picture, one after the other around it. Drag a corner to move it.'
          : 'First place the camera on the ground: four points or more.'}
      </p>
      {draft.zones.map((zone) => (
        <ZoneCard
          key={zone.key}
          zone={zone}
          problem={nameProblem(zone.id, draft.zones)}
          isChosen={choice.kind === 'zone' && choice.key === zone.key}
          verdict={verdicts.find(({ id }) => id === zone.id)}
          act={act}
          onChoose={onChoose}
        />
      ))}
      <Group align="end" gap="sm">
        <Button
          variant="default"
          size="sm"
          disabled={!canDraw || draft.zones.length >= zonesMax}
          onClick={() => {
            act({ kind: 'addZone' });
            onChoose({ kind: 'zone', key: draft.nextKey });
          }}
        >
          Add a zone
        </Button>
        <NativeSelect
          size="sm"
          label="Picture the network sees"
          value={String(input)}
          data={inputs.map(({ name }, index) => ({ value: String(index), label: name }))}
          onChange={(event) => onInput(Number(event.currentTarget.value))}
        />
      </Group>
    </section>
  );
}

type CardProps = Pick<Props, 'act' | 'onChoose'> & {
  zone: DraftZone;
  problem: string | undefined;
  isChosen: boolean;
  verdict: ZoneVerdict | undefined;
};

function ZoneCard({ zone, problem, isChosen, verdict, act, onChoose }: CardProps) {
  const { key, id, outline } = zone;
  return (
    <div className={`zone-card${isChosen ? ' is-chosen' : ''}`}>
      <Group gap="xs" wrap="nowrap" align="start">
        <TextInput
          size="sm"
          className="zone-name"
          aria-label="Name of the zone"
          value={id}
          maxLength={32}
          error={problem}
          onFocus={() => onChoose({ kind: 'zone', key })}
          onChange={(event) => act({ kind: 'renameZone', key, id: event.currentTarget.value, stroke: `name-${key}` })}
        />
        <Button
          size="sm"
          variant={isChosen ? 'filled' : 'default'}
          aria-pressed={isChosen}
          onClick={() => onChoose(isChosen ? { kind: 'none' } : { kind: 'zone', key })}
        >
          {isChosen ? 'Drawing' : 'Draw'}
        </Button>
        <ActionIcon
          variant="subtle"
          color="gray"
          size="lg"
          aria-label={`Remove zone ${id}`}
          onClick={() => act({ kind: 'removeZone', key })}
        >
          ✕
        </ActionIcon>
      </Group>
      {verdict ? (
        <RemarkLine {...verdict} />
      ) : (
        outline.length < 3 && <RemarkLine tone="warn" says={`${outline.length} of at least 3 corners.`} />
      )}
      {isChosen && <Corners zone={zone} act={act} />}
    </div>
  );
}

function Corners({ zone: { key, id, outline }, act }: { zone: DraftZone; act(given: Act): void }) {
  return (
    <>
      <ol className="corners">
        {outline.map((m, corner) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: corners have no other name than their place.
          <li key={corner}>
            <span className="corner-number">{corner + 1}</span>
            {([0, 1] as const).map((axis) => (
              <NumberField
                key={axis}
                label={`${id} corner ${corner + 1} ${'xy'[axis]} in metres`}
                value={m[axis]}
                decimals={2}
                onChange={(value) => {
                  if (value === null) return;
                  const moved: Pair = axis === 0 ? [value, m[1]] : [m[0], value];
                  act({ kind: 'moveCorner', key, corner, m: moved, stroke: `corner-${key}-${corner}-${axis}` });
                }}
              />
            ))}
            <span className="corner-unit">m</span>
            <ActionIcon
              variant="subtle"
              color="gray"
              size="lg"
              aria-label={`Remove corner ${corner + 1} of ${id}`}
              onClick={() => act({ kind: 'removeCorner', key, corner })}
            >
              ✕
            </ActionIcon>
          </li>
        ))}
      </ol>
      <Button
        variant="default"
        size="compact-sm"
        disabled={outline.length >= cornersMax}
        onClick={() => act({ kind: 'addCorner', key, m: [...(outline.at(-1) ?? [0, 0])] as Pair })}
      >
        Add a corner by numbers
      </Button>
    </>
  );
}
