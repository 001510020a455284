/** What a page shows of an assistant, in one language. The host fills it in. */
export interface Face {
  /** The assistant's own name, as `?assistant=` takes it. */
  readonly assistant: string;
  /** Name for visitors. */
  readonly name: string;
  /** Heading of the first screen. Null for the page's own words. */
  readonly welcome: string | null;
  /** One or two sentences on what it does. Null for the page's own words. */
  readonly about: string | null;
  /** What a visitor could send first. Null for the page's own. */
  readonly suggestions: readonly Suggestion[] | null;
  readonly avatar: { readonly text: string } | { readonly image: string };
  /** Colours `#rrggbb` for a light and a dark page. Null for the page's own. */
  readonly colour: { readonly light: string; readonly dark: string } | null;
}

export interface Suggestion {
  /** What the visitor reads. */
  readonly label: string;
  /** What is sent. */
  readonly text: string;
}

export interface Faces {
  /** Of the assistants that the start page lists. `language` is a BCP 47 tag. */
  list(language: string): readonly Face[];
  /**
   * Of the assistant of this name, listed or not, or of the channel's own without a name. Undefined
   * if there is none.
   */
  find(name: string | undefined, language: string): Face | undefined;
}
