/** What a picture, an outline and Mermaid say of the parts of a graph, in the words of XState. */
import type { GraphAction, GraphDelay, GraphEdge, GraphInvoke } from '../graph.ts';

const UNITS = [
  ['d', 86_400_000],
  ['h', 3_600_000],
  ['min', 60_000],
  ['s', 1_000],
] as const;

/** `90000` is `1.5 min`, and what no unit fits shortly stays in milliseconds. */
export function duration(ms: number): string {
  const unit = UNITS.find(([, size]) => ms >= size && Number.isInteger((ms / size) * 10));
  return unit === undefined ? `${ms} ms` : `${ms / unit[1]} ${unit[0]}`;
}

function delayText({ name, ms }: GraphDelay): string {
  if (name === undefined) return duration(ms ?? 0);
  return ms === undefined ? name : `${name} (${duration(ms)})`;
}

export function actionText({ name, event, delay, actor }: GraphAction): string {
  const what = event === undefined ? actor : event;
  return [name, ...(what === undefined ? [] : [`(${what})`]), ...(delay === undefined ? [] : [`after ${delayText(delay)}`])].join(' ');
}

/** What a transition waits for. */
export function triggerText({ kind, event, delay }: Pick<GraphEdge, 'kind' | 'event' | 'delay'>): string {
  switch (kind) {
    case 'always':
      return 'always';
    case 'history':
      return 'default';
    case 'after':
      return `after ${delay === undefined ? event.replace(/^xstate\.after\./, '') : delayText(delay)}`;
    case 'done':
      return event.startsWith('xstate.done.state.') ? 'done' : `done ${event.replace(/^xstate\.done\.actor\./, '')}`;
    case 'error':
      return `error ${event.replace(/^xstate\.error\.actor\./, '')}`;
    case 'snapshot':
      return `snapshot ${event.replace(/^xstate\.snapshot\./, '')}`;
    case 'route':
      return 'route';
    case 'event':
    case 'wildcard':
      return event;
  }
}

/** A whole transition on one line. */
export function transitionText(edge: GraphEdge, withActions: boolean): string {
  const guard = edge.guard === undefined ? '' : ` [${edge.guard}]`;
  const actions = withActions && edge.actions.length > 0 ? ` / ${edge.actions.map(actionText).join(', ')}` : '';
  return `${triggerText(edge)}${guard}${actions}`;
}

export function invokeText({ id, src, start }: GraphInvoke): string {
  const inline = src.startsWith('xstate.invoke.') || src === id;
  return `${start === 'invoked' ? 'invoke' : 'spawn'} ${inline ? id : `${id} (${src})`}`;
}
