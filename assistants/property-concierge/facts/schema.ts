/** The facts that the concierge reads in customers' messages. The model and the rules share it. */
import * as z from 'zod';

export const PROPERTY_TYPES = [
  'apartment',
  'studio',
  'duplex',
  'penthouse',
  'villa',
  'townhouse',
  'twin_house',
  'chalet',
  'office',
  'shop',
  'land',
] as const;
export type PropertyType = (typeof PROPERTY_TYPES)[number];

export const FEATURES = [
  'garden',
  'pool',
  'parking',
  'elevator',
  'balcony',
  'terrace',
  'sea_view',
  'nile_view',
  'security',
  'gym',
  'pets',
] as const;
export type Feature = (typeof FEATURES)[number];

export const CURRENCIES = ['EGP', 'USD', 'EUR', 'GBP', 'AED', 'SAR', 'QAR', 'KWD'] as const;
export type Currency = (typeof CURRENCIES)[number];

const money = z.number().positive().max(1e12);
const squareMetres = z.number().positive().max(1e6);
const rooms = z.number().int().min(0).max(30);
const localMoment = z.string().regex(/^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])(T([01]\d|2[0-3]):[0-5]\d)?$/);
const places = z.array(z.string().min(1).max(80)).min(1).max(10);

export const propertyFacts = z.object({
  purpose: z.enum(['buy', 'rent']).optional().describe('Whether the customer wants to buy or to rent'),
  types: z.array(z.enum(PROPERTY_TYPES)).min(1).max(11).optional().describe('Kinds that they want. A detached house is a villa'),
  excludedTypes: z.array(z.enum(PROPERTY_TYPES)).min(1).max(11).optional().describe('Kinds that they do not want'),
  locations: places
    .optional()
    .describe(
      'Areas or cities that they want, in English as on a map, such as "New Cairo" (also Fifth Settlement, التجمع) or "6th of October"',
    ),
  excludedLocations: places.optional().describe('Areas or cities that they do not want'),
  bedrooms: rooms.optional().describe('Bedrooms that they want, the lower end of a range'),
  bedroomsMax: rooms.optional().describe('The upper end, if they give a range'),
  bathrooms: rooms.optional().describe('Bathrooms that they want, at least'),
  budgetMin: money.optional().describe('Lowest price, in units of the currency: "3M" is 3000000'),
  budgetMax: money.optional().describe('Highest price. A single budget is this one'),
  currency: z.enum(CURRENCIES).optional().describe('Only if they name it'),
  rentPeriod: z.enum(['day', 'month', 'year']).optional().describe('What the budget of a rent is for'),
  areaMin: squareMetres.optional().describe('Smallest area in square metres. A single area is this one. A square foot is 0.0929'),
  areaMax: squareMetres.optional().describe('Largest area in square metres'),
  moveIn: z
    .string()
    .regex(/^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$/)
    .optional()
    .describe('When they want to move in or get the keys, as YYYY-MM, as YYYY-MM-DD if a day is said, as YYYY if only a year is'),
  urgency: z.enum(['immediate', 'soon', 'flexible']).optional(),
  payment: z.enum(['cash', 'installments', 'mortgage']).optional(),
  downPayment: money.optional().describe('Down payment as an amount'),
  downPaymentPercent: z.number().min(0).max(100).optional().describe('Down payment as a percentage of the price'),
  installmentYears: z.number().positive().max(50).optional().describe('Years over which they want to pay'),
  furnished: z.enum(['furnished', 'semi_furnished', 'unfurnished']).optional(),
  finishing: z.enum(['finished', 'semi_finished', 'core_and_shell']).optional(),
  readiness: z.enum(['ready', 'off_plan']).optional().describe('Ready to move in, or still to be built'),
  floor: z.number().int().min(0).max(100).optional().describe('The floor, 0 for the ground floor'),
  features: z.array(z.enum(FEATURES)).min(1).max(11).optional(),
  viewing: localMoment
    .optional()
    .describe(
      'When they want to see a property, as YYYY-MM-DD, as YYYY-MM-DDTHH:MM if a time is said. Never moveIn. Only if a day or a time is said',
    ),
  callBack: localMoment.optional().describe('When they want to be called, in the same form'),
  name: z.string().min(1).max(100).optional().describe("The customer's own name"),
  phone: z.string().min(7).max(20).optional().describe('Digits, with a leading + if it is said'),
  email: z.email().max(200).optional(),
});
export type PropertyFacts = z.output<typeof propertyFacts>;
