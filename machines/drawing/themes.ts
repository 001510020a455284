/** Colours of a picture. */
export interface Theme {
  readonly ground: string;
  /** Of boxes by depth, alternating. */
  readonly box: readonly [string, string];
  readonly border: string;
  readonly text: string;
  readonly faint: string;
  readonly arrow: string;
  /** Behind the label of an arrow. */
  readonly label: string;
  readonly litBox: string;
  readonly litBorder: string;
  readonly litText: string;
  readonly count: string;
  readonly countText: string;
  /** Of what the host refuses. */
  readonly problem: string;
}

export const THEMES: Readonly<Record<'light' | 'dark', Theme>> = {
  light: {
    ground: '#ffffff',
    box: ['#f6f8fa', '#ffffff'],
    border: '#8c959f',
    text: '#1f2328',
    faint: '#57606a',
    arrow: '#6e7781',
    label: '#ffffff',
    litBox: '#ddf4ff',
    litBorder: '#0969da',
    litText: '#0a3069',
    count: '#0969da',
    countText: '#ffffff',
    problem: '#b3261e',
  },
  dark: {
    ground: '#0d1117',
    box: ['#161b22', '#1c2330'],
    border: '#6e7681',
    text: '#e6edf3',
    faint: '#9aa4af',
    arrow: '#8b949e',
    label: '#0d1117',
    litBox: '#0c2d6b',
    litBorder: '#58a6ff',
    litText: '#cae8ff',
    count: '#58a6ff',
    countText: '#0d1117',
    problem: '#ff9c93',
  },
};
