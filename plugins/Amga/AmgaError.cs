namespace Mdm.Plugins.Amga;

/// <summary>AMGA's error codes, as its clients know them.</summary>
internal enum AmgaError
{
    /// <summary>No such directory, entry or other thing of that name, or none that the caller may know of.</summary>
    NoSuchEntry = 1,

    /// <summary>Not a command, or not its arguments.</summary>
    IllegalCommand = 3,

    /// <summary>The caller may not.</summary>
    PermissionDenied = 4,

    /// <summary>Not a name that an attribute can have.</summary>
    IllegalKey = 7,

    /// <summary>A condition or expression that cannot be understood, or exceeds a limit.</summary>
    QueryError = 8,

    /// <summary>The store failed, a lock was not had in time, or there is no transaction.</summary>
    Internal = 9,

    /// <summary>No such attribute, or none that the caller may know of.</summary>
    NoSuchKey = 10,

    /// <summary>The directory has something in it; or it is none.</summary>
    NotEmpty = 11,

    /// <summary>Ended on request, or because a limit of time or size was reached.</summary>
    Aborted = 12,

    /// <summary>A value that does not fit its attribute's type.</summary>
    WrongType = 13,

    /// <summary>An entry, attribute, sequence or other thing of that name is there already.</summary>
    Exists = 15,

    /// <summary>A directory of that name is there already.</summary>
    DirectoryExists = 16,

    /// <summary>No sequence.</summary>
    NoSequence = 17,

    /// <summary>No such user.</summary>
    NoSuchUser = 100,
}
