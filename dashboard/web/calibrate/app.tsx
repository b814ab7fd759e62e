import { Button, Center, Checkbox, Group, Loader, SegmentedControl, useMantineColorScheme } from '@mantine/core';
import { useCallback, useEffect, useReducer, useState } from 'react';
import { Bell } from '../src/bell.tsx';
import { type Act, act, beginHistory, type Draft, type History } from './draft.ts';
import { FinishPanel } from './finish-panel.tsx';
import { Magnifier } from './magnifier.tsx';
import { focusMetres, PointsPanel } from './points-panel.tsx';
import { RemarkLine } from './remark-line.tsx';
import { server } from './server.ts';
import { type Choice, Stage } from './stage.tsx';
import { type Solving, useSolution } from './use-solution.ts';
import { useView } from './use-view.ts';
import type { Pair, Saved, Session } from './words.ts';
import { nameProblem, ZonesPanel } from './zones-panel.tsx';

/** Asks what there is to calibrate, then shows the bench for it. */
export function App() {
  const [session, setSession] = useState<Session>();
  const [trouble, setTrouble] = useState<string>();
  useEffect(() => {
    server.session().then(setSession, (error: Error) => setTrouble(error.message));
  }, []);
  if (session) return <Bench session={session} />;
  return (
    <Center component="main" mih="100vh">
      {trouble ? <RemarkLine tone="bad" says={trouble} /> : <Loader aria-label="Asking the camera for a picture" />}
    </Center>
  );
}

/** Why the draft cannot be saved as it is. */
function whyNotYet(draft: Draft, { solved, isStale }: Solving): string | undefined {
  if (!solved) return 'Place the camera on the ground first: four points or more.';
  const wrong = draft.zones.find(({ id, outline }) => outline.length < 3 || nameProblem(id, draft.zones));
  if (wrong) return `Finish or remove zone ${wrong.id} first.`;
  return isStale ? 'Working it out…' : undefined;
}

function Bench({ session }: { session: Session }) {
  const [picture, setPicture] = useState(session.picture);
  const [history, dispatch] = useReducer(act, session, ({ points, zones }) => beginHistory(points, zones));
  const [sets, setSets] = useState<Sets>('points');
  const [choice, setChoice] = useState<Choice>({ kind: 'none' });
  const [input, setInput] = useState(session.input);
  const [cursor, setCursor] = useState<Pair>([picture.width / 2, picture.height / 2]);
  const [hasGrid, setHasGrid] = useState(true);
  const [reference, setReference] = useState(session.reference);
  const [saved, setSaved] = useState<{ of: Draft; what: Saved }>();
  const [trouble, setTrouble] = useState<string>();
  const draft = history.present;
  const control = useView(picture);
  const solving = useSolution(draft, { picture, input: session.inputs[input]! });
  const verdicts = solving.solved?.zones ?? [];

  const choose = useCallback((chosen: Choice) => {
    setChoice(chosen);
    if (chosen.kind !== 'none') setSets(chosen.kind === 'zone' ? 'corners' : 'points');
  }, []);
  const takePicture = async () => {
    try {
      setPicture(await server.newPicture());
      setTrouble(undefined);
    } catch (error) {
      setTrouble((error as Error).message);
    }
  };
  /** Clicks draw the zone that is chosen, else the first, else a new one. */
  const draw = () => {
    const zone = draft.zones.find(({ key }) => choice.kind === 'zone' && choice.key === key) ?? draft.zones[0];
    if (!zone && solving.view) dispatch({ kind: 'addZone' });
    choose({ kind: 'zone', key: zone?.key ?? draft.nextKey });
  };
  useUndoKeys(dispatch);
  useLeaveWarning(history.past.length > 0 && saved?.of !== draft);

  return (
    <div className="bench">
      <Top session={session} history={history} act={dispatch} onNewPicture={takePicture} />
      <main className="work">
        <section className="left" aria-label="Picture">
          <Stage
            {...{ picture, draft, sets, choice, verdicts, hasGrid, cursor, control }}
            act={dispatch}
            onChoose={choose}
            onSetPoint={focusMetres}
            onCursor={setCursor}
            view={solving.view}
          />
          <div className="below">
            <Magnifier picture={picture} cursor={cursor} view={solving.view} />
            <StageChoices
              sets={sets}
              onSets={(what) => (what === 'points' ? setSets('points') : draw())}
              hasGrid={hasGrid}
              onGrid={setHasGrid}
            />
          </div>
        </section>
        <section className="right" aria-label="Steps">
          {[...session.remarks, ...(trouble ? [{ tone: 'bad' as const, says: trouble }] : [])].map((remark) => (
            <RemarkLine key={remark.says} {...remark} />
          ))}
          <PointsPanel {...{ draft, solving, choice, cursor }} act={dispatch} onChoose={choose} />
          <ZonesPanel
            {...{ draft, choice, verdicts, input }}
            act={dispatch}
            onChoose={choose}
            canDraw={solving.view !== undefined}
            inputs={session.inputs}
            onInput={setInput}
          />
          <FinishPanel
            reference={reference}
            hasReference={session.hasReference}
            onReference={setReference}
            notYet={whyNotYet(draft, solving)}
            request={solving.request}
            saved={saved?.of === draft ? saved.what : undefined}
            onSaved={(what) => setSaved({ of: draft, what })}
          />
        </section>
      </main>
    </div>
  );
}

type TopProps = { session: Session; history: History; act(given: Act): void; onNewPicture(): void };

function Top({ session, history, act, onNewPicture }: TopProps) {
  return (
    <header className="top">
      <h1 className="brand">
        <Bell /> {session.camera.name}
      </h1>
      <span className="source">{session.source}</span>
      <Group className="top-end" gap="xs">
        <Button variant="default" size="sm" disabled={history.past.length === 0} onClick={() => act({ kind: 'undo' })}>
          Undo
        </Button>
        <Button
          variant="default"
          size="sm"
          disabled={history.future.length === 0}
          onClick={() => act({ kind: 'redo' })}
        >
          Redo
        </Button>
        <Button variant="default" size="sm" onClick={onNewPicture}>
          New picture
        </Button>
        <ThemeButton />
      </Group>
    </header>
  );
}

type Sets = 'points' | 'corners';
type ChoicesProps = { sets: Sets; onSets(sets: Sets): void; hasGrid: boolean; onGrid(hasGrid: boolean): void };

function StageChoices({ sets, onSets, hasGrid, onGrid }: ChoicesProps) {
  return (
    <div className="stage-choices">
      <SegmentedControl
        aria-label="What a click sets"
        value={sets}
        onChange={(value) => onSets(value as Sets)}
        data={[
          { value: 'points', label: 'Click sets points' },
          { value: 'corners', label: 'Click draws the zone' },
        ]}
      />
      <Checkbox
        label="Ground grid: a line every metre, thicker every five"
        checked={hasGrid}
        onChange={(event) => onGrid(event.currentTarget.checked)}
      />
    </div>
  );
}

/** Ctrl-Z and Ctrl-Y everywhere; in a field the draft is undone too, because every keystroke is in it. */
function useUndoKeys(dispatch: (given: { kind: 'undo' | 'redo' }) => void) {
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey)) return;
      const key = event.key.toLowerCase();
      if (key !== 'z' && key !== 'y') return;
      event.preventDefault();
      dispatch({ kind: key === 'y' || event.shiftKey ? 'redo' : 'undo' });
    };
    window.addEventListener('keydown', onKeyDown);
    return () => window.removeEventListener('keydown', onKeyDown);
  }, [dispatch]);
}

/** Asks before a page with unsaved work is closed. */
function useLeaveWarning(isUnsaved: boolean) {
  useEffect(() => {
    if (!isUnsaved) return;
    const onLeave = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', onLeave);
    return () => window.removeEventListener('beforeunload', onLeave);
  }, [isUnsaved]);
}

function ThemeButton() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const dark = colorScheme === 'dark';
  return (
    <Button variant="default" size="sm" onClick={() => setColorScheme(dark ? 'light' : 'dark')}>
      {dark ? 'Light' : 'Dark'}
    </Button>
  );
}
