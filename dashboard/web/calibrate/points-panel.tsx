import { ActionIcon, Button } from '@mantine/core';
import { type Act, type Draft, type DraftPoint, measuredPoints, pointsMax } from './draft.ts';
import { NumberField } from './number-field.tsx';
import { RemarkLine } from './remark-line.tsx';
import type { Choice } from './stage.tsx';
import type { Solving } from './use-solution.ts';
import type { Pair, Remark } from './words.ts';

type Props = {
  draft: Draft;
  act(given: Act): void;
  solving: Solving;
  choice: Choice;
  onChoose(choice: Choice): void;
  cursor: Pair;
};

const centimetres = (m: number) => `${(m * 100).toFixed(m < 0.1 ? 1 : 0)} cm`;

const metresId = (key: number) => `metres-${key}`;

/** Puts the keyboard into the first metre of a point that has just been set, once it is drawn. */
export const focusMetres = (key: number) =>
  requestAnimationFrame(() => document.getElementById(metresId(key))?.focus());

/** What to do next, or how well it fits, in sentences. */
function nextSteps(draft: Draft, { solution, trouble }: Solving): Remark[] {
  const clicked = draft.points.length;
  const measured = measuredPoints(draft).length;
  if (trouble) return [{ tone: 'bad', says: trouble }];
  if (measured < 4 && clicked < 4) {
    const missing = 4 - clicked;
    return [
      {
        tone: 'warn',
        says: `Click ${missing === 4 ? 'four' : missing} ${missing < 4 ? 'more ' : ''}place${missing === 1 ? '' : 's'} on the ground.`,
      },
    ];
  }
  if (measured < 4) return [{ tone: 'warn', says: 'Enter the metres of every point: x and y.' }];
  if (!solution) return [{ tone: 'warn', says: 'Working it out…' }];
  return solution.ok ? solution.remarks : [{ tone: 'bad', says: solution.says }];
}

/** The points as numbers, and how well they fit. */
export function PointsPanel(props: Props) {
  const { draft, act, solving, choice, onChoose, cursor } = props;
  const { solved, errors } = solving;
  return (
    <section className="panel" aria-label="Points">
      <h2 className="section-title">1 Points on the ground</h2>
      <p className="hint">
        Click corners you can measure: paint marks, kerb ends, manhole covers. Call one of them 0, 0; measure all others
        from there: x along the kerb, y across the road. Spread them over the whole ground you watch. Five or more show
        mistakes that four cannot.
      </p>
      {draft.points.length > 0 && (
        <table className="points">
          <thead>
            <tr>
              <th scope="col">Point</th>
              <th scope="col">Picture px</th>
              <th scope="col">Ground m</th>
              <th scope="col">Off by</th>
              <th scope="col">
                <span className="visually-hidden">Remove</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {draft.points.map((point, index) => (
              <PointRow
                key={point.key}
                point={point}
                number={index + 1}
                error={errors.get(point.key)}
                isChosen={choice.kind === 'point' && choice.key === point.key}
                act={act}
                onChoose={onChoose}
              />
            ))}
          </tbody>
        </table>
      )}
      <Button
        variant="default"
        size="sm"
        disabled={draft.points.length >= pointsMax}
        onClick={() => {
          act({ kind: 'addPoint', px: cursor });
          onChoose({ kind: 'point', key: draft.nextKey });
        }}
      >
        Add a point by numbers
      </Button>
      <div role="status" className="verdict">
        {nextSteps(draft, solving).map((remark) => (
          <RemarkLine key={remark.says} {...remark} />
        ))}
        {solved && (
          <p className="figures">
            RMS <strong>{solved.rmsM.toFixed(3)} m</strong>
            {solved.leaveOneOutRmsM !== undefined && (
              <>
                {' · '}each point from the others <strong>{solved.leaveOneOutRmsM.toFixed(3)} m</strong>
              </>
            )}
          </p>
        )}
      </div>
    </section>
  );
}

type RowProps = Pick<Props, 'act' | 'onChoose'> & {
  point: DraftPoint;
  number: number;
  error: { errorM: number; leaveOneOutM?: number } | undefined;
  isChosen: boolean;
};

function PointRow({ point: { key, px, m }, number, error, isChosen, act, onChoose }: RowProps) {
  const choose = () => onChoose({ kind: 'point', key });
  return (
    <tr className={isChosen ? 'is-chosen' : ''}>
      <th scope="row">{number}</th>
      <td>
        {([0, 1] as const).map((axis) => (
          <NumberField
            key={axis}
            label={`Point ${number} picture ${'xy'[axis]} in pixels`}
            value={px[axis]}
            decimals={1}
            onFocus={choose}
            onChange={(value) => {
              if (value === null) return;
              const moved: Pair = axis === 0 ? [value, px[1]] : [px[0], value];
              act({ kind: 'movePoint', key, px: moved, stroke: `px-${key}-${axis}` });
            }}
          />
        ))}
      </td>
      <td>
        {([0, 1] as const).map((axis) => (
          <NumberField
            key={axis}
            id={axis === 0 ? metresId(key) : undefined}
            label={`Point ${number} ground ${'xy'[axis]} in metres`}
            value={m[axis]}
            decimals={3}
            onFocus={choose}
            onChange={(value) => act({ kind: 'measure', key, axis, m: value, stroke: `m-${key}-${axis}` })}
          />
        ))}
      </td>
      <td className="off-by">
        {error ? centimetres(error.errorM) : '–'}
        {error?.leaveOneOutM !== undefined && <small>by others {centimetres(error.leaveOneOutM)}</small>}
      </td>
      <td>
        <ActionIcon
          variant="subtle"
          color="gray"
          size="lg"
          aria-label={`Remove point ${number}`}
          onClick={() => act({ kind: 'removePoint', key })}
        >
          ✕
        </ActionIcon>
      </td>
    </tr>
  );
}
