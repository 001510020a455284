/** Number of what is new in the title of a window. */

/** The title with a count before it, whatever stood there before. None for 0. */
export function titled(title: string, unread: number): string {
  const bare = title.replace(/^\(\d+\) /u, '');
  return unread > 0 ? `(${unread}) ${bare}` : bare;
}
