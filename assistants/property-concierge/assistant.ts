/**
 * `property-concierge` reads what a customer looks for, asks for what is missing, and offers
 * listings (SPEC A8).
 */
import { type Assistant, type AssistantDefinition, defineAssistant, handOver } from '../index.ts';
import { escalateConcierge } from './escalation.ts';
import { FACE } from './face.ts';
import { propertyExtraction } from './facts/extraction.ts';
import type { ListingStore } from './listings/port.ts';
import { conciergePlan } from './offline/plan.ts';
import { PROMPT } from './prompt.ts';
import { TEXTS } from './texts.ts';
import { listingTools, type Office, officeTool } from './tools.ts';

export interface PropertyConciergeOptions extends Pick<AssistantDefinition, 'model'> {
  readonly listings: ListingStore;
  /** How customers reach the office. Without it, nobody is shown a contact. */
  readonly office?: Office;
}

/** Twice the default. Three listings and their details have to fit beside the conversation. */
const TOKEN_LIMIT = 8_000;

export function propertyConcierge({ listings, office, model }: PropertyConciergeOptions): Assistant {
  const { searchListings, getListing } = listingTools(listings);
  return defineAssistant({
    name: 'property-concierge',
    face: FACE,
    prompt: PROMPT,
    ...(model === undefined ? {} : { model }),
    tools: [searchListings, getListing, ...(office === undefined ? [] : [officeTool(office)]), handOver],
    extraction: propertyExtraction,
    escalate: escalateConcierge,
    offline: conciergePlan,
    policy: { texts: TEXTS, tokenLimit: TOKEN_LIMIT },
  });
}
