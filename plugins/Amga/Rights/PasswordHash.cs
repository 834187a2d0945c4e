using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Mdm.Plugins.Amga.Rights;

/// <summary>Passwords as they are kept: PBKDF2 with HMAC-SHA256, <c>pbkdf2-sha256$ROUNDS$SALT$KEY</c>.</summary>
internal static class PasswordHash
{
    /// <summary>Longest password, in characters.</summary>
    public const int MaxLength = 256;

    /// <summary>What OWASP recommends for this function.</summary>
    public const int Rounds = 600_000;

    /// <summary>What a stored value may ask for at most.</summary>
    private const int MaxRounds = 10_000_000;

    private const string Scheme = "pbkdf2-sha256";
    private const int SaltLength = 16, KeyLength = 32;

    public static string Of(string password, int rounds = Rounds)
    {
        if (password.Length is 0 or > MaxLength)
            throw new AmgaException(AmgaError.IllegalCommand, $"A password has 1 to {MaxLength} characters (MaxLength).");
        var salt = RandomNumberGenerator.GetBytes(SaltLength);
        return string.Join('$', Scheme, rounds.ToString(CultureInfo.InvariantCulture), Convert.ToBase64String(salt), Convert.ToBase64String(Key(password, salt, rounds)));
    }

    public static bool Matches(string password, string kept)
    {
        var parts = kept.Split('$');
        if (password.Length > MaxLength || parts.Length != 4 || parts[0] != Scheme || !int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var rounds) || rounds is < 1 or > MaxRounds)
            return false;
        return CryptographicOperations.FixedTimeEquals(Key(password, Convert.FromBase64String(parts[2]), rounds), Convert.FromBase64String(parts[3]));
    }

    /// <summary>True for text that <see cref="Of"/> made: what a dump gives back.</summary>
    public static bool Is(string text) => text.StartsWith(Scheme + "$", StringComparison.Ordinal) && text.Split('$').Length == 4;

    private static byte[] Key(string password, byte[] salt, int rounds) => Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(password), salt, rounds, HashAlgorithmName.SHA256, KeyLength);
}
