/**
 * Focuses an element that takes no focus by itself, until it loses it. A press on it later is no
 * reason for an outline.
 */
export function focusOnce(element: HTMLElement): void {
  element.tabIndex = -1;
  element.addEventListener('blur', () => element.removeAttribute('tabindex'), { once: true });
  element.focus({ preventScroll: true });
}
