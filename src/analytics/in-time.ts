import type { BusinessHours } from '#machines/handoff/business-hours.ts';
import type { Queue, Queues } from '#machines/handoff/queues.ts';
import type { InTime } from './entry-counter.ts';

/** Whether an answer met the target of its queue, in the open time of the queue's hours. */
export function inTimeBy(queues: Queues, hoursOf: (queue: Queue) => BusinessHours): InTime {
  return ({ queue: name, priority, target, since, at }) => {
    const queue = queues.of(name);
    const limit = queue.serviceLevels?.targets[priority]?.[target];
    if (limit === undefined) return undefined;
    const due = hoursOf(queue).addOpenMs(since, limit);
    return due === undefined || at <= due;
  };
}
