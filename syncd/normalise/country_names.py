"""The names under which sanctions lists speak of countries.

One entry a code, its further lines indented: ISO 3166-1 alpha-2, alpha-3, then names, separated by `;`: English,
French where it differs, of most German too, and the adjective of nationality, unless it could mean two countries
(Congolese, Dominican). Case, accents, punctuation, the order of words and small words such as "of the" do not matter,
so "Korea, North" needs no entry beside "North Korea"; nor do words for the form of the state ("Republic of …"), unless
they tell two apart.

A territory that lists treat as a country of its own reads as the state that the listing authorities say it belongs to:
Crimea as Ukraine, Gaza and the West Bank as PS, Abkhazia as Georgia. A republic of the Soviet Union reads as the state
that it became; the Soviet Union itself is SU.

Codes beside ISO 3166-1, for states that exist no more or that ISO does not number:
AN (Netherlands Antilles, to 2010), CS (Czechoslovakia, to 1992), DD (German Democratic Republic, to 1990),
SU (Soviet Union, to 1991), YD (Democratic Yemen, to 1990), YU (Yugoslavia, to 2003, and the same state under its last
name, Serbia and Montenegro, to 2006), XK (Kosovo, user-assigned and used by the EU).
"""

NAMES = """
AD AND Andorra; Andorre; Andorran
AE ARE United Arab Emirates; Emirats arabes unis; UAE; Emirati; Emirate
AF AFG Afghanistan; Islamic Republic of Afghanistan; Afghan; Afghani
AG ATG Antigua and Barbuda; Antigua-et-Barbuda; Antiguan
AI AIA Anguilla; Anguillan
AL ALB Albania; Albanie; Albanian; Albanien
AM ARM Armenia; Arménie; Armenian; Armenian SSR; Armenien
AO AGO Angola; Angolan
AQ ATA Antarctica; Antarctique
AR ARG Argentina; Argentine; Argentinian; Argentine Republic
AS ASM American Samoa; Samoa américaines
AT AUT Austria; Autriche; Austrian; Österreich
AU AUS Australia; Australie; Australian
AW ABW Aruba; Aruban
AX ALA Åland Islands; Åland; Îles d'Åland
AZ AZE Azerbaijan; Azerbaïdjan; Azerbaijani; Azeri; Azerbaijan SSR; Nagorno-Karabakh; Aserbaidschan
BA BIH Bosnia and Herzegovina; Bosnia and Herzegowina; Bosnia-Herzegovina; Bosnia; Bosnie-Herzégovine; Bosnian;
 Bosnien und Herzegowina
BB BRB Barbados; Barbade; Barbadian
BD BGD Bangladesh; Bangladeshi
BE BEL Belgium; Belgique; Belgian; Belgien
BF BFA Burkina Faso; Burkina; Upper Volta; Burkinabe
BG BGR Bulgaria; Bulgarie; Bulgarian; Bulgarien
BH BHR Bahrain; Bahreïn; Bahraini; Kingdom of Bahrain
BI BDI Burundi; Burundian
BJ BEN Benin; Bénin; Beninese
BL BLM Saint Barthélemy
BM BMU Bermuda; Bermudes; Bermudian
BN BRN Brunei; Brunei Darussalam; Bruneian
BO BOL Bolivia; Plurinational State of Bolivia; Bolivie; Bolivian; Bolivien
BQ BES Bonaire, Sint Eustatius and Saba; Caribbean Netherlands; Bonaire
BR BRA Brazil; Brésil; Brazilian; Brasilien
BS BHS Bahamas; Commonwealth of the Bahamas; Bahamian
BT BTN Bhutan; Bhoutan; Bhutanese
BV BVT Bouvet Island
BW BWA Botswana; Motswana
BY BLR Belarus; Bélarus; Biélorussie; Republic of Belarus; Belarusian; Belarussian; Byelorussia;
   Byelorussian SSR; Belarusian SSR;
 Weißrussland; Weissrussland
BZ BLZ Belize; Belizean
CA CAN Canada; Canadian
CC CCK Cocos (Keeling) Islands; Cocos Islands
CD COD Democratic Republic of the Congo; Congo, Democratic Republic of (was Zaire); DR Congo; DRC; RDC;
   Congo-Kinshasa; Zaire; République démocratique du Congo;
 Demokratische Republik Kongo
CF CAF Central African Republic; République centrafricaine; Central African; Centrafrique
CG COG Congo; Republic of the Congo; Congo-Brazzaville; République du Congo
CH CHE Switzerland; Suisse; Swiss; Swiss Confederation; Schweiz
CI CIV Côte d'Ivoire; Cote dIvoire; Ivory Coast; Ivorian
CK COK Cook Islands; Îles Cook
CL CHL Chile; Chili; Chilean
CM CMR Cameroon; Cameroun; Cameroonian
CN CHN China; Chine; People's Republic of China; PRC; China (Mainland); Mainland China; Chinese
CO COL Colombia; Colombie; Colombian
CR CRI Costa Rica; Costa Rican
CU CUB Cuba; Cuban; Kuba
CV CPV Cabo Verde; Cape Verde; Cap-Vert; Cape Verdean
CW CUW Curaçao
CX CXR Christmas Island
CY CYP Cyprus; Chypre; Republic of Cyprus; Cypriot; Zypern
CZ CZE Czechia; Czech Republic; Tchéquie; République tchèque; Czech; Tschechien
DE DEU Germany; Allemagne; Federal Republic of Germany; West Germany; German; Deutschland
DJ DJI Djibouti; Djiboutian
DK DNK Denmark; Danemark; Danish; Dänemark
DM DMA Dominica; Dominique; Commonwealth of Dominica
DO DOM Dominican Republic; République dominicaine
DZ DZA Algeria; Algérie; Algerian; Algerien
EC ECU Ecuador; Équateur; Ecuadorian
EE EST Estonia; Estonie; Estonian; Estonian SSR; Estland
EG EGY Egypt; Égypte; Arab Republic of Egypt; Egyptian; Ägypten
EH ESH Western Sahara; Sahara occidental
ER ERI Eritrea; Érythrée; Eritrean
ES ESP Spain; Espagne; Spanish; Spanien
ET ETH Ethiopia; Éthiopie; Ethiopian; Äthiopien
FI FIN Finland; Finlande; Finnish; Finnland
FJ FJI Fiji; Fidji; Fijian
FK FLK Falkland Islands (Malvinas); Falkland Islands
FM FSM Micronesia; Federated States of Micronesia; Micronésie; Micronesian
FO FRO Faroe Islands; Faeroe Islands; Îles Féroé
FR FRA France; French; French Republic; Frankreich
GA GAB Gabon; Gabonese
GB GBR United Kingdom; United Kingdom of Great Britain and Northern Ireland; United Kingdom of Great Britain;
   Great Britain; Britain; UK; England; Scotland; Wales; Northern Ireland; Royaume-Uni; British;
 Vereinigtes Königreich; Grossbritannien; Großbritannien
GD GRD Grenada; Grenade; Grenadian
GE GEO Georgia; Géorgie; Georgian; Georgian SSR; Abkhazia; South Ossetia; Georgien
GF GUF French Guiana; Guyane française
GG GGY Guernsey; Guernesey
GH GHA Ghana; Ghanaian
GI GIB Gibraltar; Gibraltarian
GL GRL Greenland; Groenland
GM GMB Gambia; Gambie; Gambian
GN GIN Guinea; Guinée; Republic of Guinea; Guinean
GP GLP Guadeloupe
GQ GNQ Equatorial Guinea; Guinée équatoriale; Equatorial Guinean
GR GRC Greece; Grèce; Hellenic Republic; EL; Greek; Griechenland
GS SGS South Georgia and the South Sandwich Islands
GT GTM Guatemala; Guatemalan
GU GUM Guam; Guamanian
GW GNB Guinea-Bissau; Guinea-Bisau; Guinée-Bissau; Guinée-Bissao; Bissau-Guinean
GY GUY Guyana; Guyanese
HK HKG Hong Kong; Hong Kong SAR; Hong Kong Special Administrative Region;
   China, Hong Kong Special Administrative Region; Hong Kong, China; Hong Kong (China); Hongkong
HM HMD Heard Island and McDonald Islands
HN HND Honduras; Honduran
HR HRV Croatia; Croatie; Croatian; Kroatien
HT HTI Haiti; Haïti; Haitian
HU HUN Hungary; Hongrie; Hungarian; Ungarn
ID IDN Indonesia; Indonésie; Republic of Indonesia; Indonesian; Indonesien
IE IRL Ireland; Irlande; Republic of Ireland; Irish
IL ISR Israel; Israël; State of Israel; Israeli
IM IMN Isle of Man; Île de Man; Manx
IN IND India; Inde; Republic of India; Indian; Indien
IO IOT British Indian Ocean Territory
IQ IRQ Iraq; Irak; Republic of Iraq; Iraqi
IR IRN Iran; Islamic Republic of Iran; Iran, Islamic Republic; Iranian
IS ISL Iceland; Islande; Icelandic
IT ITA Italy; Italie; Italian; Italien
JE JEY Jersey
JM JAM Jamaica; Jamaïque; Jamaican
JO JOR Jordan; Jordanie; Hashemite Kingdom of Jordan; Jordanian; Jordanien
JP JPN Japan; Japon; Japanese
KE KEN Kenya; Kenyan; Kenia
KG KGZ Kyrgyzstan; Kirghizistan; Kyrgyz Republic; Kyrgyz; Kyrgyzstani; Kyrgyz SSR; Kirghiz SSR;
 Kirghizstan; Kirgisistan; Kirgistan
KH KHM Cambodia; Cambodge; Cambodian; Kambodscha
KI KIR Kiribati
KM COM Comoros; Comores; Union of the Comoros; Comoran; Comorian
KN KNA Saint Kitts and Nevis; St Kitts and Nevis; Saint-Christophe-et-Niévès; Saint Christopher and Nevis
KP PRK North Korea; Democratic People's Republic of Korea; Korea, Democratic People's Republic; DPRK; DPR Korea;
   RPDC; Corée du Nord; République populaire démocratique de Corée; North Korean;
 Nordkorea
KR KOR South Korea; Republic of Korea; Corée du Sud; République de Corée; ROK; South Korean; Südkorea
KW KWT Kuwait; Koweït; State of Kuwait; Kuwaiti
KY CYM Cayman Islands; Îles Caïmans; Îles Caïmanes; Caymanian
KZ KAZ Kazakhstan; Kazakstan; Kazakh; Kazakhstani; Kazakh SSR; Kazakh Soviet Socialist Republic; Kasachstan
LA LAO Laos; Lao People's Democratic Republic; Lao PDR; Laotian; Lao
LB LBN Lebanon; Liban; Lebanese Republic; Lebanese; Libanon
LC LCA Saint Lucia; St Lucia; Sainte-Lucie
LI LIE Liechtenstein
LK LKA Sri Lanka; Sri Lankan; Ceylon
LR LBR Liberia; Libéria; Liberian
LS LSO Lesotho; Basotho
LT LTU Lithuania; Lituanie; Lithuanian; Lithuanian SSR; Litauen
LU LUX Luxembourg; Luxemburg; Luxembourger; Luxembourgish
LV LVA Latvia; Lettonie; Latvian; Latvian SSR; Lettland
LY LBY Libya; Libye; Libyan Arab Jamahiriya; State of Libya; Libyan; Libyen
MA MAR Morocco; Maroc; Kingdom of Morocco; Moroccan; Marokko
MC MCO Monaco; Monegasque
MD MDA Moldova; Moldavie; Republic of Moldova; Republic of Moldovia; Moldovan; Moldovan SSR; Moldovian SSR;
   Moldavian SSR; Transnistria;
 Moldau; Moldawien
ME MNE Montenegro; Monténégro; Montenegrin
MF MAF Saint Martin (French part); Saint Martin
MG MDG Madagascar; Malagasy
MH MHL Marshall Islands; Îles Marshall; Republic of the Marshall Islands; Marshallese
MK MKD North Macedonia; Macédoine du Nord; Republic of North Macedonia; Macedonia;
   Former Yugoslav Republic of Macedonia; FYROM; Macedonian;
 Nordmazedonien
ML MLI Mali; Malian; Northern Mali
MM MMR Myanmar; Burma; Myanmar (Burma); Burma (Myanmar); Myanmar/Burma; Birmanie; Birmanie/Myanmar; Burmese; Birma
MN MNG Mongolia; Mongolie; Mongolian; Mongolei
MO MAC Macao; Macau; Macau SAR; China, Macao Special Administrative Region; Macao SAR
MP MNP Northern Mariana Islands
MQ MTQ Martinique
MR MRT Mauritania; Mauritanie; Islamic Republic of Mauritania; Mauritanian; Mauretanien
MS MSR Montserrat
MT MLT Malta; Malte; Maltese
MU MUS Mauritius; Maurice; Mauritian
MV MDV Maldives; Maldivian
MW MWI Malawi; Malawian
MX MEX Mexico; Mexique; Mexican; United Mexican States; Mexiko
MY MYS Malaysia; Malaisie; Malaysian
MZ MOZ Mozambique; Mozambican
NA NAM Namibia; Namibie; Namibian
NC NCL New Caledonia; Nouvelle-Calédonie
NE NER Niger; Republic of Niger; Nigerien
NF NFK Norfolk Island
NG NGA Nigeria; Nigéria; Federal Republic of Nigeria; Nigerian
NI NIC Nicaragua; Nicaraguan
NL NLD Netherlands; Kingdom of the Netherlands; Holland; Pays-Bas; Dutch; Niederlande
NO NOR Norway; Norvège; Norwegian; Norwegen
NP NPL Nepal; Népal; Nepalese; Nepali
NR NRU Nauru; Nauruan
NU NIU Niue; Nioué
NZ NZL New Zealand; Nouvelle-Zélande; New Zealander
OM OMN Oman; Sultanate of Oman; Omani
PA PAN Panama; Republic of Panama; Panamanian
PE PER Peru; Pérou; Peruvian
PF PYF French Polynesia; Polynésie française
PG PNG Papua New Guinea; Papouasie-Nouvelle-Guinée; Papua New Guinean
PH PHL Philippines; Republic of the Philippines; Filipino; Filipina; Philippine; Philippinen
PK PAK Pakistan; Islamic Republic of Pakistan; Pakistani
PL POL Poland; Pologne; Polish; Polen
PM SPM Saint Pierre and Miquelon; Saint-Pierre-et-Miquelon
PN PCN Pitcairn; Pitcairn Islands
PR PRI Puerto Rico; Porto Rico; Puerto Rican
PS PSE Palestine; State of Palestine; État de Palestine; Palestinian Territories; Palestinian Territory; Palestinian;
   Occupied Palestinian Territories; Occupied Palestinian Territory; Territoire palestinien occupé;
   West Bank; Gaza; Gaza Strip; West Bank and Gaza; Territoires palestiniens
PT PRT Portugal; Portuguese
PW PLW Palau; Palaos; Palauan
PY PRY Paraguay; Paraguayan
QA QAT Qatar; State of Qatar; Qatari; Katar
RE REU Réunion; Reunion Island
RO ROU Romania; Roumanie; Romanian; Rumänien
RS SRB Serbia; Serbie; Republic of Serbia; Serbian; Serbien
RU RUS Russia; Russian Federation; Russie; Fédération de Russie; Russian; Russian SFSR; RSFSR;
   Russian Soviet Federative Socialist Republic; Russian Soviet Federative Socialist Republic (RSFSR); Komi ASSR;
   Yakut Autonomous SSR;
 Russland; Russische Föderation
RW RWA Rwanda; Republic of Rwanda; Rwandan; Rwandese; Ruanda
SA SAU Saudi Arabia; Kingdom of Saudi Arabia; KSA; Arabie saoudite; Saudi; Saudi Arabian; Saudi-Arabien
SB SLB Solomon Islands; Îles Salomon; Solomon Islander
SC SYC Seychelles; Seychellois
SD SDN Sudan; Republic of the Sudan; Soudan; Sudanese; North Sudan
SE SWE Sweden; Suède; Swedish; Schweden
SG SGP Singapore; Singapour; Singaporean; Singapur
SH SHN Saint Helena, Ascension and Tristan da Cunha; Saint Helena; St Helena
SI SVN Slovenia; Slovénie; Slovenian; Slovene
SJ SJM Svalbard and Jan Mayen
SK SVK Slovakia; Slovak Republic; Slovaquie; Slovak
SL SLE Sierra Leone; Sierra Leonean
SM SMR San Marino; Saint-Marin; Sammarinese
SN SEN Senegal; Sénégal; Senegalese
SO SOM Somalia; Somalie; Somali Republic; Somali; Somalian; Somaliland
SR SUR Suriname; Surinam; Surinamese
SS SSD South Sudan; Soudan du Sud; Republic of South Sudan; South Sudanese; Südsudan
ST STP Sao Tome and Principe; Sao Tomé-et-Principe
SV SLV El Salvador; Salvador; Salvadoran; Salvadorian
SX SXM Sint Maarten (Dutch part); Sint Maarten
SY SYR Syria; Syrian Arab Republic; Syrie; République arabe syrienne; Syrian; Syrien
SZ SWZ Eswatini; Swaziland; Swazi
TC TCA Turks and Caicos Islands; Îles Turques-et-Caïques
TD TCD Chad; Tchad; Chadian; Tschad
TF ATF French Southern Territories
TG TGO Togo; Togolese
TH THA Thailand; Thaïlande; Thai
TJ TJK Tajikistan; Tadjikistan; Tajik; Tajikistani; Tajik SSR; Tadschikistan
TK TKL Tokelau
TL TLS Timor-Leste; East Timor; Timor oriental; Timorese
TM TKM Turkmenistan; Turkménistan; Turkmen; Turkmen SSR
TN TUN Tunisia; Tunisie; Republic of Tunisia; Tunisian; Tunesien
TO TON Tonga; Tongan
TR TUR Turkey; Türkiye; Republic of Türkiye; Turquie; Turkish; Türkiyish; Türkei
TT TTO Trinidad and Tobago; Trinité-et-Tobago; Trinidadian
TV TUV Tuvalu; Tuvaluan
TW TWN Taiwan; Taïwan; Taiwan, Province of China; Taiwan (China); Chinese Taipei; Taiwan, Republic of China;
   Republic of China; Taiwanese
TZ TZA Tanzania; United Republic of Tanzania; Tanzanie; Tanzanian
UA UKR Ukraine; Ukrainian; Ukranian; Ukrainian SSR; Ukrainian SSR (Ukraine); Crimea; Autonomous Republic of Crimea;
   Crimea - Ukraine
UG UGA Uganda; Ouganda; Ugandan
UM UMI United States Minor Outlying Islands
US USA United States; United States of America; États-Unis; États-Unis d'Amérique; American; USA; U S; U S A;
 Vereinigte Staaten
UY URY Uruguay; Uruguayan; Eastern Republic of Uruguay
UZ UZB Uzbekistan; Ouzbékistan; Uzbek; Uzbekistani; Uzbek SSR; Uzbekistan SSR; Usbekistan
VA VAT Holy See; Vatican City State; Vatican City; Vatican; Holy See (Vatican City State); Saint-Siège
VC VCT Saint Vincent and the Grenadines; St Vincent and the Grenadines; Saint-Vincent-et-les-Grenadines; Vincentian
VE VEN Venezuela; Bolivarian Republic of Venezuela; Venezuelan
VG VGB British Virgin Islands; Virgin Islands (UK); Îles Vierges britanniques; BVI
VI VIR Virgin Islands (US); United States Virgin Islands; Virgin Islands, U.S.; Îles Vierges américaines
VN VNM Viet Nam; Vietnam; Socialist Republic of Viet Nam; Socialist Republic of Vietnam; Vietnamese
VU VUT Vanuatu; Ni-Vanuatu
WF WLF Wallis and Futuna; Wallis-et-Futuna
WS WSM Samoa; Western Samoa; Samoan
YE YEM Yemen; Yémen; Republic of Yemen; Yemeni; North Yemen; Yemen Arab Republic; Jemen
YT MYT Mayotte
ZA ZAF South Africa; Republic of South Africa; Afrique du Sud; South African; Südafrika
ZM ZMB Zambia; Zambie; Zambian
ZW ZWE Zimbabwe; Zimbabwean; Rhodesia
AN ANT Netherlands Antilles; Antilles néerlandaises
CS CSK Czechoslovakia; Tchécoslovaquie; Czechoslovak Socialist Republic; Czechoslovakian
DD DDR German Democratic Republic; East Germany; GDR; Democratic Republic of Germany;
   République démocratique allemande
SU SUN USSR; Soviet Union; Union of Soviet Socialist Republics; URSS; Ex-URSS; Union soviétique; Soviet
XK XKX Kosovo; Kosovo (UNSCR 1244); Kosovo (under UNSCR 1244/99); Kosovan; Kosovar
YD YMD Democratic Yemen; South Yemen; People's Democratic Republic of Yemen
YU YUG Yugoslavia; Yougoslavie; Federal Republic of Yugoslavia; Socialist Federal Republic of Yugoslavia;
   Serbia and Montenegro; Serbie-et-Monténégro; Yugoslav; Yugoslavian
"""
