/** Faces of all assistants, as the pages of the web channel show them. */
import type { AssistantBinding } from '#actors/contract/registry.ts';
import type { Assistant } from '#assistants/define-assistant.ts';
import { type Faced, faceOf, imageOriginOf } from '#assistants/face.ts';
import type { Faces } from '#channels/face.ts';

export interface AssistantFacesParts {
  readonly assistants: readonly Assistant[];
  /** Those on machines of their own. They show their name. */
  readonly bindings: readonly Pick<AssistantBinding, 'name' | 'definitions'>[];
  /** Name of the one that answers a visitor who names none. */
  readonly defaultName: string;
  /** The offline model answers. */
  readonly offline: boolean;
}

export interface AssistantFaces {
  readonly faces: Faces;
  /** Other sites from which pages load pictures. */
  readonly imageOrigins: readonly string[];
}

export function assistantFaces({ assistants, bindings, defaultName, offline }: AssistantFacesParts): AssistantFaces {
  const all: readonly Faced[] = [...assistants, ...bindings.map(({ name, definitions }) => ({ name, machine: definitions }))];
  return {
    faces: {
      list: (language) => all.filter(({ face }) => face?.listed !== false).map((one) => faceOf(one, { language, offline })),
      find: (name = defaultName, language) => {
        const found = all.find((one) => one.name === name);
        return found && faceOf(found, { language, offline });
      },
    },
    imageOrigins: [...new Set(all.flatMap((one) => imageOriginOf(one) ?? []))],
  };
}
