/** Sample listings that are for rent. Prices are for a month. */
import type { Row } from './row.ts';

// biome-ignore format: It is a table, with one listing a line.
export const FOR_RENT: readonly Row[] = [
  ['apartment', 'New Cairo', 'Lotus Residence', 'لوتس ريزيدنس', 3, 2, 165, 38, 1, 'finished', false, 0, ['elevator', 'security'], 0, 0],
  ['apartment', 'New Cairo', 'Campus View', 'كامبس فيو', 2, 1, 95, 26, 3, 'finished', true, 0, ['elevator', 'security', 'parking'], 0, 0],
  ['villa', 'New Cairo', 'Jasmine Hills', 'ياسمين هيلز', 4, 4, 350, 120, null, 'finished', true, 0, ['garden', 'pool', 'parking', 'security', 'pets'], 0, 0],
  ['apartment', 'Sheikh Zayed', 'Zayed Gate', 'زايد جيت', 2, 2, 120, 30, 3, 'finished', true, 0, ['elevator', 'security', 'gym'], 0, 0],
  ['apartment', 'Sheikh Zayed', 'Al Khamayel Homes', 'الخمايل هومز', 3, 2, 140, 24, 2, 'finished', false, 0, ['balcony', 'parking'], 0, 0],
  ['apartment', '6th of October', 'Hadayek Residence', 'حدائق ريزيدنس', 3, 2, 145, 16, 2, 'finished', false, 0, ['elevator'], 0, 0],
  ['apartment', 'Maadi', 'Degla Gardens', 'دجلة جاردنز', 2, 1, 110, 22, 2, 'finished', true, 0, ['parking', 'balcony'], 0, 0],
  ['apartment', 'Maadi', 'Sarayat Street 9', 'سرايات شارع ٩', 3, 2, 170, 35, 1, 'finished', false, 0, ['balcony', 'pets'], 0, 0],
  ['apartment', 'Maadi', 'New Maadi Homes', 'المعادي الجديدة هومز', 1, 1, 75, 13, 5, 'finished', true, 0, ['elevator'], 0, 0],
  ['apartment', 'Nasr City', 'Abbas Corner', 'عباس كورنر', 3, 2, 140, 15, 3, 'finished', false, 0, ['elevator'], 0, 0],
  ['studio', 'Nasr City', 'Makram Heights', 'مكرم هايتس', 0, 1, 50, 7.5, 4, 'finished', true, 0, ['elevator'], 0, 0],
  ['studio', 'Heliopolis', 'Korba House', 'بيت الكوربة', 0, 1, 60, 11, 1, 'finished', true, 0, ['balcony'], 0, 0],
  ['apartment', 'Zamalek', 'Island Court', 'آيلاند كورت', 2, 2, 130, 48, 4, 'finished', true, 0, ['nile_view', 'elevator', 'security'], 0, 0],
  ['apartment', 'Zamalek', 'Gezira Rooms', 'الجزيرة رومز', 3, 2, 170, 62, 3, 'finished', true, 0, ['balcony', 'elevator'], 0, 0],
  ['apartment', 'Madinaty', 'Group 12', 'مجموعة ١٢', 3, 2, 140, 21, 4, 'finished', false, 0, ['elevator', 'security'], 0, 0],
  ['office', 'Dokki', 'Messaha Offices', 'مكاتب المساحة', 0, 2, 95, 45, 5, 'finished', false, 0, ['elevator', 'parking'], 0, 0],
];
