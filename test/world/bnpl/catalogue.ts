/** The shop's 5,000 products: the same in every world, each with one category, brand and price. */
import { Random, rootKey, split } from './random.ts';

/** simtom's product categories. */
export type Category = 'electronics' | 'clothing' | 'home' | 'beauty' | 'sports';

interface Shelf {
  readonly category: Category;
  /** Share of checkouts. */
  readonly share: number;
  readonly subcategories: readonly string[];
  readonly brands: readonly string[];
  /** Dollars: the usual range, and where its rare dearest things end. */
  readonly prices: readonly [low: number, high: number, dearest: number];
  /** Chances of product_risk_category low, medium, high: what is easily resold is riskier. */
  readonly risks: readonly [number, number, number];
}

const SHELVES: readonly Shelf[] = [
  {
    category: 'electronics',
    share: 0.35,
    subcategories: ['smartphones', 'laptops', 'tablets', 'headphones', 'cameras'],
    brands: ['Apple', 'Samsung'],
    prices: [30, 400, 950],
    risks: [0.3, 0.42, 0.28],
  },
  {
    category: 'clothing',
    share: 0.25,
    subcategories: ['shoes', 'dresses', 'jeans', 'jackets', 'accessories'],
    brands: ['Nike', 'Adidas', 'Zara', 'H&M'],
    prices: [20, 150, 150],
    risks: [0.58, 0.32, 0.1],
  },
  {
    category: 'home',
    share: 0.2,
    subcategories: ['furniture', 'appliances', 'decor', 'bedding', 'kitchen'],
    brands: ['IKEA', 'Samsung'],
    prices: [25, 300, 700],
    risks: [0.6, 0.33, 0.07],
  },
  {
    category: 'beauty',
    share: 0.12,
    subcategories: ['skincare', 'makeup', 'haircare', 'fragrances', 'tools'],
    brands: ['Sephora'],
    prices: [15, 80, 80],
    risks: [0.68, 0.26, 0.06],
  },
  {
    category: 'sports',
    share: 0.08,
    subcategories: ['fitness', 'outdoor', 'team_sports', 'athletic_wear'],
    brands: ['Nike', 'Adidas'],
    prices: [25, 200, 200],
    risks: [0.55, 0.35, 0.1],
  },
];

const RISK_CATEGORIES = ['low', 'medium', 'high'] as const;

/** One article of the shop. */
export interface Product {
  readonly id: string;
  readonly category: Category;
  readonly subcategory: string;
  readonly brand: string;
  /** Dollars. */
  readonly price: number;
  readonly risk: (typeof RISK_CATEGORIES)[number];
}

const SIZE = 5000;

/** Share of products above the usual range, on shelves that have such. */
const DEAR = 0.05;

/** Weights of the categories, in the order of PRODUCTS. */
export const CATEGORY_SHARES = SHELVES.map(({ share }) => share);

/** Products by category, in the order of CATEGORY_SHARES, cheapest first. */
export const PRODUCTS: readonly (readonly Product[])[] = stock();

function stock(): Product[][] {
  const shelves = SHELVES.map((): Product[] => []);
  const key = rootKey(0);
  for (let number = 1; number <= SIZE; number += 1) {
    const random = new Random(split(key, number));
    const index = random.weighted(CATEGORY_SHARES);
    const shelf = SHELVES[index]!;
    shelves[index]!.push({
      id: `prod_${String(number).padStart(6, '0')}`,
      category: shelf.category,
      subcategory: random.pick(shelf.subcategories),
      brand: random.pick(shelf.brands),
      price: priceOn(shelf, random),
      risk: RISK_CATEGORIES[random.weighted(shelf.risks)]!,
    });
  }
  for (const shelf of shelves) shelf.sort((one, other) => one.price - other.price);
  return shelves;
}

function priceOn({ prices: [low, high, dearest] }: Shelf, random: Random): number {
  const dear = dearest > high && random.chance(DEAR);
  const [from, to] = dear ? [high, dearest] : [low, high];
  return Math.round((from + (to - from) * random.uniform()) * 100) / 100;
}
