/**
 * The binding of analysis sessions. It is no assistant that a customer can talk to. Operations open
 * its sessions, each at an address of its own.
 */
import type { AssistantBinding } from '#actors/contract/registry.ts';
import { analysisSessionInput } from '#machines/analysis-session/context.ts';
import { analysisSessionDefinition } from '#machines/analysis-session/definition.ts';
import { ANALYSIS_SESSIONS } from '../operations/analysis-owner.ts';

export const analysisSessions: AssistantBinding = {
  name: ANALYSIS_SESSIONS,
  definitions: [analysisSessionDefinition],
  input: ({ hint, now }) => analysisSessionInput.parse({ ...Object(hint), now }),
};
