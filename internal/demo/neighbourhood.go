package demo

import (
	"time"

	"github.com/moa-bff/moa/ent/coupon"
	"github.com/moa-bff/moa/ent/user"
)

// Account is a demo account.
type Account struct {
	Label string
	Email string
	Name  string
	Role  user.Role
}

// Accounts returns the accounts to play with, one of each role and a few neighbours more.
func Accounts() []Account {
	return []Account{
		{"가게 사장 · Owner", "owner@moa.example", "한여름", user.RoleOWNER},
		{"이웃 · Neighbour", "user@moa.example", "이우정", user.RoleUSER},
		{"상담사 · Counsellor", "counselor@moa.example", "윤다정", user.RoleCOUNSELOR},
		{"운영자 · Operator", "admin@moa.example", "문모아", user.RoleADMIN},
	}
}

// others are people who own and claim, but are not offered to sign in as.
func others() []Account {
	return []Account{
		{"", "baker@moa.example", "오븐지기", user.RoleOWNER},
		{"", "florist@moa.example", "서이슬", user.RoleOWNER},
		{"", "jiho@moa.example", "강지호", user.RoleUSER},
		{"", "sora@moa.example", "배소라", user.RoleUSER},
		{"", "minsu@moa.example", "노민수", user.RoleUSER},
		{"", "haneul@moa.example", "구하늘", user.RoleUSER},
		{"", "garam@moa.example", "남가람", user.RoleUSER},
		{"", "byeol@moa.example", "도한별", user.RoleUSER},
	}
}

// shop is a demo store with what it offers. The streets are those of a neighbourhood that does not
// exist, on a real stretch of the river.
type shop struct {
	owner       string
	name        string
	category    string
	description string
	address     string
	latitude    float64
	longitude   float64
	offers      []offer
}

// offer is a demo coupon; its times are relative to now.
type offer struct {
	title       string
	description string
	kind        coupon.DiscountKind
	value       int
	maxAmount   int
	minOrder    int
	quantity    int
	claimed     int
	starts      time.Duration
	ends        time.Duration
	expires     time.Duration
}

const day = 24 * time.Hour

// shops returns the neighbourhood.
func shops() []shop {
	return []shop{
		{
			"owner@moa.example", "느린하루 커피", "카페", "직접 볶은 원두로 천천히 내려요. 창가 자리는 오래 앉아도 괜찮아요.",
			"서울 마포구 모아동 물빛로 12", 37.5561, 126.9012,
			[]offer{
				{"아메리카노 2,000원 할인", "평일 오전, 느린 아침에 쓰세요.", coupon.DiscountKindAMOUNT, 2000, 0, 4500, 100, 5, -3 * day, 7 * day, 30 * day},
				{"디저트 세트 30% 할인", "커피와 함께 주문하실 때.", coupon.DiscountKindPERCENT, 30, 5000, 10000, 5, 5, -2 * day, 5 * day, 20 * day},
				{"주말 브런치 선착순", "토요일에 열려요. 알림을 켜 두세요.", coupon.DiscountKindAMOUNT, 5000, 0, 18000, 30, 0, 1 * day, 3 * day, 30 * day},
			},
		},
		{
			"owner@moa.example", "달밤 책방", "서점", "밤 열 시까지 여는 작은 책방. 목요일마다 낭독회가 있어요.",
			"서울 마포구 모아동 물빛로 31", 37.5572, 126.9034,
			[]offer{
				{"새 책 10% 할인", "한 권이라도 좋아요.", coupon.DiscountKindPERCENT, 10, 3000, 0, 200, 4, -5 * day, 10 * day, 40 * day},
			},
		},
		{
			"baker@moa.example", "오븐 앞에서", "빵집", "아침 일곱 시에 첫 빵이 나옵니다. 우리 밀만 씁니다.",
			"서울 마포구 모아동 돌담길 8", 37.5549, 126.9047,
			[]offer{
				{"식빵 1+1", "따뜻할 때 가져가세요.", coupon.DiscountKindAMOUNT, 4800, 0, 9600, 50, 6, -4 * day, 4 * day, 14 * day},
				{"지난주 소금빵 행사", "끝난 행사예요.", coupon.DiscountKindAMOUNT, 1000, 0, 3000, 40, 4, -14 * day, -7 * day, -1 * day},
			},
		},
		{
			"baker@moa.example", "모아 분식", "분식", "떡볶이는 두 가지 맵기. 어묵 국물은 마음껏 드세요.",
			"서울 마포구 모아동 돌담길 15", 37.5544, 126.9053,
			[]offer{
				{"떡볶이 세트 3,000원 할인", "튀김을 곁들이면 더 맛있어요.", coupon.DiscountKindAMOUNT, 3000, 0, 12000, 80, 3, -1 * day, 6 * day, 21 * day},
			},
		},
		{
			"florist@moa.example", "이슬 꽃집", "꽃집", "계절 꽃다발과 작은 화분. 메시지 카드는 손으로 씁니다.",
			"서울 마포구 모아동 강바람길 3", 37.5538, 126.8998,
			[]offer{
				{"꽃다발 20% 할인", "고백하는 날에는 넉넉하게 담아 드려요.", coupon.DiscountKindPERCENT, 20, 10000, 20000, 60, 2, -2 * day, 12 * day, 30 * day},
			},
		},
		{
			"florist@moa.example", "강바람 자전거", "자전거", "수리와 대여. 펑크는 그 자리에서 고쳐 드립니다.",
			"서울 마포구 모아동 강바람길 22", 37.5525, 126.8979,
			[]offer{
				{"기본 점검 5,000원", "체인 청소까지 해 드려요.", coupon.DiscountKindAMOUNT, 5000, 0, 10000, 25, 1, -6 * day, 20 * day, 60 * day},
			},
		},
	}
}
