/** A picture to look around in, with the wheel, by dragging, with keys and buttons. */
import { type KeyboardEvent, type PointerEvent, type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { Picture, Place } from '#machines/drawing/layout.ts';
import { svgOf } from '#machines/drawing/svg.ts';
import { farNames } from './far-names.ts';
import { PAGE_THEME } from './page-theme.ts';
import type { MachineStrings } from './strings.ts';
import { svgElements } from './svg-element.ts';
import { fitted, moved, type Size, showing, type ViewBox, zoomed } from './view-box.ts';

interface PictureViewProps {
  readonly picture: Picture;
  readonly title: string;
  readonly words: MachineStrings;
  readonly lit: ReadonlySet<string>;
  readonly counts: ReadonlyMap<string, number>;
  /** What was searched, which is moved into the view. */
  readonly shown: Place | undefined;
  readonly onBox: (id: string) => void;
  /** The invocation of a machine was pressed, which opens or closes in its place. */
  readonly onOpen: (box: string) => void;
}

const STEP = 1.25;
/** Height of the tools over the picture, in pixels. */
const TOOLS = 52;
/** Pixels of one press of an arrow key. */
const KEY_STEP = 60;
/** Pixels below which a press of the pointer is no move. */
const STILL = 4;

export function PictureView({ picture, title, words, lit, counts, shown, onBox, onOpen }: PictureViewProps): ReactNode {
  const frame = useRef<HTMLDivElement>(null);
  const [screen, setScreen] = useState<Size>();
  const [view, setView] = useState<ViewBox>();
  const pointers = useRef(new Map<number, { x: number; y: number }>());
  const travelled = useRef(0);
  const showAll = useCallback(() => setView(screen === undefined ? undefined : fitted(picture, screen, TOOLS)), [picture, screen]);

  useEffect(() => {
    const element = frame.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => setScreen({ width: element.clientWidth, height: element.clientHeight }));
    observer.observe(element);
    // React listens to the wheel in a way that cannot keep the page from scrolling.
    const onWheel = (event: WheelEvent): void => {
      event.preventDefault();
      const { left, top } = element.getBoundingClientRect();
      const at = { x: event.clientX - left, y: event.clientY - top };
      setView(
        (now) =>
          now &&
          (event.ctrlKey || !event.shiftKey ? zoomed(now, Math.exp(-event.deltaY / 400), at) : moved(now, { x: event.deltaY, y: 0 })),
      );
    };
    element.addEventListener('wheel', onWheel, { passive: false });
    return () => {
      observer.disconnect();
      element.removeEventListener('wheel', onWheel);
    };
  }, []);
  useEffect(showAll, [showAll]);
  useEffect(() => {
    if (shown !== undefined && screen !== undefined) setView((now) => now && showing(shown, screen, now));
  }, [shown, screen]);

  const drawn = useMemo(
    () => svgElements(svgOf(picture, { theme: PAGE_THEME, title, lit, counts }).children),
    [picture, title, lit, counts],
  );

  const scale = view?.scale ?? 1;
  const far = useMemo(() => farNames(picture, scale, counts), [picture, scale, counts]);

  const middle = { x: (screen?.width ?? 0) / 2, y: (screen?.height ?? 0) / 2 };
  const zoom = (by: number): void => setView((now) => now && zoomed(now, by, middle));
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (step !== undefined) setView((now) => now && moved(now, { x: (step[0] ?? 0) * KEY_STEP, y: (step[1] ?? 0) * KEY_STEP }));
    else if (event.key === '+' || event.key === '=') zoom(STEP);
    else if (event.key === '-') zoom(1 / STEP);
    else if (event.key === '0') showAll();
    else return;
    event.preventDefault();
  };

  const onPointerDown = (event: PointerEvent): void => {
    pointers.current.set(event.pointerId, { x: event.clientX, y: event.clientY });
    travelled.current = 0;
  };
  const onPointerMove = (event: PointerEvent): void => {
    const before = pointers.current.get(event.pointerId);
    if (before === undefined) return;
    const here = { x: event.clientX, y: event.clientY };
    pointers.current.set(event.pointerId, here);
    travelled.current += Math.hypot(here.x - before.x, here.y - before.y);
    if (travelled.current > STILL) frame.current?.setPointerCapture(event.pointerId);
    const [other] = [...pointers.current].filter(([id]) => id !== event.pointerId).map(([, at]) => at);
    if (other === undefined) return setView((now) => now && moved(now, { x: before.x - here.x, y: before.y - here.y }));
    const box = frame.current?.getBoundingClientRect();
    const [was, is] = [Math.hypot(before.x - other.x, before.y - other.y), Math.hypot(here.x - other.x, here.y - other.y)];
    if (box !== undefined && was > 0) setView((now) => now && zoomed(now, is / was, { x: other.x - box.left, y: other.y - box.top }));
  };
  const onPointerUp = (event: PointerEvent): void => {
    pointers.current.delete(event.pointerId);
    if (travelled.current > STILL || !(event.target instanceof Element)) return;
    const opens = event.target.closest('[data-opens]')?.getAttribute('data-opens');
    const box = event.target.closest('[data-box]')?.getAttribute('data-box');
    if (opens != null) onOpen(opens);
    else if (box != null) onBox(box);
  };

  return (
    <div className="picture">
      <div
        ref={frame}
        className="picture-frame"
        tabIndex={0}
        role="group"
        aria-label={words.pictureKeys(title)}
        onKeyDown={onKeyDown}
        onPointerDown={onPointerDown}
        onPointerMove={onPointerMove}
        onPointerUp={onPointerUp}
        onPointerCancel={(event) => void pointers.current.delete(event.pointerId)}
      >
        {view !== undefined && screen !== undefined && (
          <svg
            role="img"
            aria-label={title}
            width={screen.width}
            height={screen.height}
            viewBox={`${view.x} ${view.y} ${screen.width / view.scale} ${screen.height / view.scale}`}
            fontFamily="var(--mono)"
            fontSize="11.5"
            direction="ltr"
            className={far.length === 0 ? undefined : 'is-far'}
          >
            {drawn}
            {far.map(({ id, text, x, y, size }) => (
              <text key={id} className="picture-far" x={x} y={y} fontSize={size} strokeWidth={size / 3}>
                {text}
              </text>
            ))}
            {shown !== undefined && (
              <rect className="picture-found" x={shown.x - 3} y={shown.y - 3} width={shown.width + 6} height={shown.height + 6} rx={8} />
            )}
          </svg>
        )}
      </div>
      <div className="picture-tools" role="toolbar" aria-label={words.view}>
        <button type="button" className="icon-button" aria-label={words.zoomIn} title={words.zoomIn} onClick={() => zoom(STEP)}>
          +
        </button>
        <button type="button" className="icon-button" aria-label={words.zoomOut} title={words.zoomOut} onClick={() => zoom(1 / STEP)}>
          −
        </button>
        <button type="button" className="button" onClick={showAll}>
          {words.fit}
        </button>
      </div>
    </div>
  );
}
