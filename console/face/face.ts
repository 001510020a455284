/**
 * Faces of assistants, as the web channel gives them. Every outcome is a value. A page works
 * without a face, and has words of its own then.
 */
import * as z from 'zod/mini';

const face = z.object({
  assistant: z.string(),
  name: z.string(),
  welcome: z.nullable(z.string()),
  about: z.nullable(z.string()),
  suggestions: z.nullable(z.array(z.object({ label: z.string(), text: z.string() }))),
  avatar: z.union([z.object({ text: z.string() }), z.object({ image: z.string() })]),
  colour: z.nullable(z.object({ light: z.string(), dark: z.string() })),
});
export type Face = z.infer<typeof face>;
export type Suggestion = NonNullable<Face['suggestions']>[number];

/** The server answers from memory. A page that waits longer begins without the face, ms. */
const PATIENCE_MS = 4_000;

/** Of the assistant, or of the one that answers if none is named. `unknown` if there is none. */
export async function loadFace(http: typeof fetch, assistant: string | undefined, language: string): Promise<Face | 'unknown' | undefined> {
  const path = assistant === undefined ? 'assistant' : `assistants/${encodeURIComponent(assistant)}`;
  const response = await load(http, `/channels/web/${path}?lang=${language}`);
  if (response?.status === 404 && assistant !== undefined) return 'unknown';
  return face.safeParse(response?.body).data;
}

/** Those that are listed. Undefined if the server does not say. */
export async function loadFaces(http: typeof fetch, language: string): Promise<readonly Face[] | undefined> {
  const response = await load(http, `/channels/web/assistants?lang=${language}`);
  return z.object({ assistants: z.array(face) }).safeParse(response?.body).data?.assistants;
}

async function load(http: typeof fetch, url: string): Promise<{ readonly status: number; readonly body: unknown } | undefined> {
  try {
    const response = await http(url, { signal: AbortSignal.timeout(PATIENCE_MS) });
    return { status: response.status, body: response.ok ? await response.json() : undefined };
  } catch {
    return undefined;
  }
}

/** Colours what is inside `style`'s element. tokens.css makes the other tones of it. */
export function colourOf({ colour }: Face): Record<`--face-${'light' | 'dark'}`, string> | undefined {
  return colour === null ? undefined : { '--face-light': colour.light, '--face-dark': colour.dark };
}
